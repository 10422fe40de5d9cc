rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    --[==[ everything below is a remark
    return limit(order.quantity, 1)
  end,
}
--> 6:5: this comment is not closed
--> 12:1: expected `end` to close `function`, found the end of the file
