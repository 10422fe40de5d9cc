rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    return load("x")
  end,
}
--> 7:12: `load` is not in the language; a rule sees only what it is given
--> 7:17: a rule cannot use texts; a limit needs no message
