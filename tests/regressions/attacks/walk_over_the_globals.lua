rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    for name, value in pairs(_G) do print(name, value) end
    local world = getfenv(0)
    setfenv(1, { steps = 1 })
    package.loaded.io.open("x", "w")
    return limit(order.quantity, 1)
  end,
}
--> 6:5: only `book.positions`, `.balances`, `.orders` and `params.<steps>` are walked
--> 6:15: one name stands for each turn
--> 6:37: `print` is not in the language; a rule sees only what it is given
--> 6:49: there is no `value`
--> 7:19: `getfenv` is not in the language; a rule sees only what it is given
--> 8:5: `setfenv` is not in the language; a rule sees only what it is given
--> 8:16: a rule cannot make tables
--> 9:5: `package` is not in the language; a rule sees only what it is given
