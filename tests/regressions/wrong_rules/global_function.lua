function f() return 1 end
rule {
  name = "x",
  kind = "check",
  reason = reject.other,
  check = function(order)
    return limit(order.quantity, 1)
  end,
}
--> 1:1: a function must be local: write `local function`
