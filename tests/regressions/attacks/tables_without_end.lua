rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    local t = { { } }
    t.next = t
    for i = 1, #t do t.next = { t, i } end
    t = { [0 / 0] = 1 }
    return limit(order.quantity, 1)
  end,
}
--> 8:16: `#` is not in the language
--> 9:11: name the key: `key = value`
