rule {
  name   = "borrowed",
  kind   = "check",
  doc    = "Cap what an account that may borrow owes of the asset a spot order pays with.",
  reason = reject.insufficient_credit_limit,
  params = {
    quote_max = money {
      unit     = "account",
      default  = 0,
      at_least = 0,
      tighter  = "lower",
      doc      = "most that buying here may leave owed of the quote asset, open orders included",
    },
    base_max = money {
      unit     = "account",
      default  = 0,
      at_least = 0,
      tighter  = "lower",
      doc      = "most that selling here may leave owed of the base asset, open orders included",
    },
  },

  check = function(order, params)
    if order.reduces then return pass() end
    if order.side == side.buy then return limit(order.borrowed_after, params.quote_max) end
    return limit(order.borrowed_after, params.base_max)
  end,
}
