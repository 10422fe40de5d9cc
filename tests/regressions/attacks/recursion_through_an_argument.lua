local function call(f, x) return f(f, x) end
rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    local waste = call(call, order.quantity)
    return limit(order.quantity, 1)
  end,
}
--> 1:34: `f` is no function
--> 7:24: `call` is a function; call it: `call(...)`
