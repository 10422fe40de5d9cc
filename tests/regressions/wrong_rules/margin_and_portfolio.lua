rule {
  name = "x",
  kind = "margin",
  rate_max = 1,
  margin = function(exposure) return exposure.notional, exposure.notional end,
  portfolio = function(book) return book.gross_notional, book.gross_notional end,
}
--> 4:3: a rule about books has no `rate_max`
--> 5:3: a margin rule has `margin` or `portfolio`
