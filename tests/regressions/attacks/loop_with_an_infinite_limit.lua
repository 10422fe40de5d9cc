rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    for i = 1, 1e999 do break end
    for i = 1, 1 / 0 do break end
    for i = 1, -(-1e308) do break end
    return limit(order.quantity, 1)
  end,
}
--> 6:16: `1e999` is not a number
--> 7:5: this loop has no limit known at load; write numbers for its limits
