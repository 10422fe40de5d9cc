rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    loadstring(string.dump(function() end))()
    load("\27LJ\2")()
    loadfile("x")()
    dofile("x")
    return limit(order.quantity, 1)
  end,
}
--> 6:5: `loadstring` is not in the language; a rule sees only what it is given
--> 6:16: `string` is not in the language; a rule sees only what it is given
--> 7:5: `load` is not in the language; a rule sees only what it is given
--> 7:10: a text knows only \" \' and \\
--> 7:10: a rule cannot use texts; a limit needs no message
--> 8:5: `loadfile` is not in the language; a rule sees only what it is given
--> 8:14: a rule cannot use texts; a limit needs no message
--> 9:5: `dofile` is not in the language; a rule sees only what it is given
--> 9:12: a rule cannot use texts; a limit needs no message
