rule {
  name = "attack",
  kind = "margin",
  portfolio = function(book)
    local n = 0
    for a in book.positions do for b in book.positions do for c in book.positions do
      n = n + 1
    end end end
    return n, n
  end,
}
--> stopped: 6: the rule ran out of steps
