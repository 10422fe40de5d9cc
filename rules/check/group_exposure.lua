-- Asked for the group of the account and for each group above it, with what is set for that group.
local no_limit = 1000000000000000

rule {
  name   = "group_exposure",
  kind   = "check",
  doc    = "Cap the gross exposure of a group and of all groups below it, open orders included.",
  reason = reject.notional_value_exceeds_threshold,
  params = {
    gross_exposure_max = money {
      unit = "reference",
      default = 1000000000000000,
      at_least = 0,
      at_most = 1000000000000000,
      tighter = "lower",
      doc = "most it may be with every open order on the worse side filled; the default: no limit",
    },
  },

  check = function(order, instrument, group, params)
    if order.reduces or params.gross_exposure_max >= no_limit then return pass() end
    if instrument.kind == contract_kind.spot then return pass() end
    return limit(group.gross_exposure_after, params.gross_exposure_max)
  end,
}
