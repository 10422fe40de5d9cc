rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    local c = require("ffi")
    c.cdef("int system(const char *);")
    c.C.system("true")
    ffi.cast("int *", 0)
    return limit(order.quantity, 1)
  end,
}
--> 6:15: `require` is not in the language; a rule sees only what it is given
--> 6:23: a rule cannot use texts; a limit needs no message
--> 7:5: only functions of the language and of this file are called
--> 8:5: only functions of the language and of this file are called
--> 9:5: `ffi` is not in the language; a rule sees only what it is given
