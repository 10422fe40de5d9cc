rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    debug.sethook(function() while true do end end, "l")
    debug.getregistry()._LOADED.os.exit()
    debug.setupvalue(order, 1, order)
    return limit(order.quantity, 1)
  end,
}
--> 6:5: `debug` is not in the language; a rule sees only what it is given
--> 6:30: `while` is not in the language; use `for i = first, last do`
--> 7:5: `debug` is not in the language; a rule sees only what it is given
--> 8:5: `debug` is not in the language; a rule sees only what it is given
