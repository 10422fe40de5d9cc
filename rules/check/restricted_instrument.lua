rule {
  name   = "restricted_instrument",
  kind   = "check",
  doc    = "Keep an account, a group or everyone out of an instrument.",
  reason = reject.restricted_instrument,
  params = {
    restricted = flag {
      default = false,
      tighter = "true",
      doc     = "when true, nothing may be traded here but what reduces",
    },
  },

  check = function(order, params)
    if not params.restricted or order.reduces then return pass() end
    return limit(order.quantity, 0)
  end,
}
