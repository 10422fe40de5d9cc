rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    local größe = order.quantity
    local оrder = order.price
    return limit(order.quantity, 1)
  end,
}
--> 6:11: `gr` needs a value: `local gr = ...`
--> 6:13: this character has no meaning here
--> 6:15: this character has no meaning here
--> 6:17: `e` is not a local; write `local e = ...` first
--> 7:11: this character has no meaning here
