rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    local next_one = coroutine.wrap(function() while true do coroutine.yield(1) end end)
    for turn in next_one do next_one() end
    return limit(order.quantity, 1)
  end,
}
--> 6:22: `coroutine` is not in the language; a rule sees only what it is given
--> 6:48: `while` is not in the language; use `for i = first, last do`
--> 7:5: only `book.positions`, `.balances`, `.orders` and `params.<steps>` are walked
--> 7:29: `next_one` is no function
