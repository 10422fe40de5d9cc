-- Deribit, standard margin; BIT and others ask the same with other numbers. A short option keeps
-- its mark price and a share of the underlying that falls the further it is out of the money. A
-- long, paid for in full, keeps nothing, but is no collateral either.
-- The venues compare this with a balance that leaves options out. Here the equity has what they are
-- worth: so a short is not asked its mark price a second time, and a long is asked what it is worth
-- before anything new is opened. `published` gives the venue's own figures. A binary option sold
-- keeps what is left to its payout.
rule {
  name      = "options_standard",
  kind      = "margin",
  doc       = "Short options by how far they are out of the money; futures by their size.",
  rate_max  = 2,
  slope_max = 2,
  params    = {
    initial = ratio {
      default  = 0.15,
      at_least = 0,
      at_most  = 1,
      tighter  = "higher",
      doc      = "share of the underlying at the strike; less by what it is out of the money",
    },
    initial_min = ratio {
      default  = 0.10,
      at_least = 0,
      at_most  = 1,
      tighter  = "higher",
      doc      = "the least share, however far out",
    },
    maintenance         = ratio { default = 0.075, at_least = 0, at_most = 1, tighter = "higher" },
    maintenance_of_mark = ratio {
      default  = 0.075,
      at_least = 0,
      at_most  = 1,
      tighter  = "higher",
      doc      = "of the mark price, when that is more",
    },
    long_maintenance = ratio {
      default  = 0,
      at_least = 0,
      at_most  = 1,
      tighter  = "higher",
      doc      = "share of what a long is worth that may not keep other positions up; the venue: 1",
    },
    published = flag {
      default = false,
      doc     = "count as if the equity left options out; for comparison only",
    },
    future_initial     = ratio { default = 0.02, at_least = 0, at_most = 1, tighter = "higher" },
    future_maintenance = ratio { default = 0.01, at_least = 0, at_most = 1, tighter = "higher" },
    growth             = quantity {
      default  = 20000,
      at_least = 1,
      tighter  = "lower",
      doc      = "size of a future that adds 100 % to both rates",
    },
    inverse_growth = money {
      unit     = "settle",
      default  = 20000,
      at_least = 1,
      tighter  = "lower",
      doc      = "the same of an inverse future, in coins",
    },
  },

  margin = function(exposure, params)
    if exposure.right == option_right.none then
      local added = abs(exposure.quantity) / params.growth
      if exposure.kind == contract_kind.inverse_perpetual or
        exposure.kind == contract_kind.inverse_future then
        added = exposure.notional / params.inverse_growth
      end
      return exposure.notional * min(1, params.future_initial + added),
        exposure.notional * min(1, params.future_maintenance + added)
    end
    local size = abs(exposure.quantity) * exposure.contract_size
    local mark = exposure.mark_price
    if exposure.quantity >= 0 then
      if params.published then return 0, 0 end
      return mark * size, mark * size * params.long_maintenance
    end
    if exposure.kind == contract_kind.binary_option then
      local loss = max(0, exposure.payout - mark) * size
      return loss, loss / 2
    end
    local out = exposure.strike - exposure.underlying_price
    if exposure.right == option_right.put then out = -out end
    local share = max(params.initial - max(0, out) / exposure.underlying_price, params.initial_min)
    local kept = max(exposure.underlying_value * params.maintenance,
        mark * params.maintenance_of_mark)
    local initial = max(exposure.underlying_value * share, kept)
    if params.published then
      initial = initial + mark
      kept = kept + mark
    end
    return initial * size, kept * size
  end,
}
