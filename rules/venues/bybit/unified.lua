-- Bybit, unified account, cross margin: tiers with a deduction, and the fee of closing a position
-- at its bankruptcy price in both margins. Options as the venue's help centre has it: the equity
-- here has what they are worth, so a short is not asked its mark price a second time; `published`
-- gives the venue's own figures. In an isolated position `entry_value` is nearer.
rule {
  name      = "unified",
  kind      = "margin",
  doc       = "Tiers with deductions and the fee of closing; short options by their distance.",
  rate_max  = 2,
  slope_max = 2,
  params    = {
    tiers = steps {
      by      = "notional",
      columns = {
        initial     = ratio { at_least = 0, at_most = 1, tighter = "higher" },
        maintenance = ratio { at_least = 0, at_most = 0.5, tighter = "higher" },
        deduction   = money { unit = "settle", at_least = 0, default = 0, tighter = "lower" },
      },
      default = { { notional = 0, initial = 0.02, maintenance = 0.01 } },
    },
    fee            = ratio { default = 0.00055, at_least = 0, at_most = 0.01, tighter = "higher" },
    option_initial = ratio {
      default  = 0.15,
      at_least = 0,
      at_most  = 1,
      tighter  = "higher",
      doc      = "of the index, less what the option is out of the money",
    },
    option_initial_min = ratio { default = 0.10, at_least = 0, at_most = 1, tighter = "higher" },
    option_maintenance = ratio {
      default  = 0.03,
      at_least = 0,
      at_most  = 0.9,
      tighter  = "higher",
      doc      = "of the index, or of the option's mark price when that is more",
    },
    option_liquidation_fee = ratio {
      default  = 0.002,
      at_least = 0,
      at_most  = 0.1,
      tighter  = "higher",
      doc      = "of the index",
    },
    published = flag {
      default = false,
      doc     = "options as if the equity left them out; for comparison only",
    },
  },

  margin = function(exposure, params)
    if exposure.right == option_right.none then
      local tier = params.tiers:at(exposure.notional)
      local rate = 1 / exposure.leverage
      local left = 1 - rate  -- the value at the bankruptcy price of a long, over that at entry
      local inverse = exposure.kind == contract_kind.inverse_perpetual or
        exposure.kind == contract_kind.inverse_future
      if (exposure.quantity < 0) ~= inverse then left = 1 + rate end
      local closing = exposure.entry_notional * left * params.fee
      local maintenance = exposure.notional * tier.maintenance - tier.deduction + closing
      local initial = exposure.notional * max(tier.initial, rate) + closing
      return max(initial, maintenance), maintenance
    end
    local size = abs(exposure.quantity) * exposure.contract_size
    local mark = exposure.mark_price
    if exposure.quantity >= 0 then
      if params.published then return 0, 0 end
      return mark * size, 0
    end
    if exposure.kind == contract_kind.binary_option then
      local loss = max(0, exposure.payout - mark) * size
      return loss, loss / 2
    end
    local index = exposure.underlying_value
    local out = exposure.strike - exposure.underlying_price
    if exposure.right == option_right.put then out = -out end
    local share = max(params.option_initial - max(0, out) / exposure.underlying_price,
        params.option_initial_min)
    local kept = max(index, mark) * params.option_maintenance
    kept = kept + index * params.option_liquidation_fee
    local initial = max(index * share, kept)
    if params.published then
      initial = initial + mark
      kept = kept + mark
    end
    return initial * size, kept * size
  end,
}
