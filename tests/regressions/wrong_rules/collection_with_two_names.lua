rule {
  name = "x",
  kind = "margin",
  portfolio = function(book)
    local sum = 0
    for p, q in book.positions do
      sum = sum + abs(p.value)
    end
    return sum, sum
  end,
}
--> 6:12: one name stands for each turn
