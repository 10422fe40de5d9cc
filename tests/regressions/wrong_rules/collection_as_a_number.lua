rule {
  name = "x",
  kind = "margin",
  portfolio = function(book)
    for p in book.positions do
      p = 1
    end
    return book.positions, book.gross_notional
  end,
}
--> 6:7: `p` cannot be changed
--> 8:17: `positions` is walked: `for each in book.positions do`
