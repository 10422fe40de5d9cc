rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    ::again::
    repeat local waste = 1 until false
    goto again
    return limit(order.quantity, 1)
  end,
}
--> 6:5: labels are not in the language
--> 7:5: `repeat` is not in the language; use `for i = first, last do`
--> 8:5: `goto` is not in the language
