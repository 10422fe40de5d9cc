rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    collectgarbage("stop")
    collectgarbage("setpause", 1e9)
    jit.off()
    bit.tobit(1)
    return limit(order.quantity, 1)
  end,
}
--> 6:5: `collectgarbage` is not in the language; a rule sees only what it is given
--> 6:20: a rule cannot use texts; a limit needs no message
--> 7:5: `collectgarbage` is not in the language; a rule sees only what it is given
--> 7:20: a rule cannot use texts; a limit needs no message
--> 8:5: `jit` is not in the language; a rule sees only what it is given
--> 9:5: `bit` is not in the language; a rule sees only what it is given
