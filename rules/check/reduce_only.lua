rule {
  name   = "reduce_only",
  kind   = "check",
  doc    = "Refuse what adds risk where only reducing is allowed.",
  reason = reject.reduce_only_would_increase_position,
  params = {
    reduce_only = flag {
      default = false,
      tighter = "true",
      doc     = "when true, every order must reduce",
    },
  },

  check = function(order, params)
    if order.reduces then return pass() end
    if order.reduce_only or params.reduce_only then return limit(order.quantity, 0) end
    return pass()
  end,
}
