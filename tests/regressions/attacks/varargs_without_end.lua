rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    local function all(...) return ... end
    local waste = all(unpack({ 1, 2, 3 }))
    select("#", ...)
    return limit(order.quantity, 1)
  end,
}
--> 6:24: `...` is not in the language; name the parameters
--> 6:36: `...` is not in the language
