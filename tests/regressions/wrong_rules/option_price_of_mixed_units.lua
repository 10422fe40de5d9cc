rule {
  name = "x",
  kind = "margin",
  portfolio = function(book)
    local sum = 0
    for p in book.positions do
      sum = sum + p.quantity *
        option_price(p.right, p.underlying_price, p.value, p.years_to_expiry, 1)
      sum = sum + p.quantity * option_price(p.strike, p.strike, p.strike, 1, 1)
      sum = sum + p.value * log(p.value)
    end
    return sum, sum
  end,
}
--> 8:31: option_price() takes price[account] for a strike of money[account]
--> 9:45: the first argument of option_price() is an option_right
--> 10:33: what log() takes is ratio, not money[account]
