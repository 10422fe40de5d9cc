rule {
  name = "x",
  kind = "margin",
  params = { rate = ratio { default = 1 } },
  portfolio = function(book, params)
    local sum = 0
    for b in book.balances do
      sum = sum + b.value * b.params.rat
    end
    return book.net_notional * params.rate, book.net_notional
  end,
}
--> 8:38: params has no `rat`; did you mean `rate`?
