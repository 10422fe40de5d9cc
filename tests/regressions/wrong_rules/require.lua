rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    local ffi = require("ffi")
    return limit(order.notional, params.m)
  end,
}
--> 7:17: `require` is not in the language; a rule sees only what it is given
--> 7:25: a rule cannot use texts; a limit needs no message
