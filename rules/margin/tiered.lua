rule {
  name      = "tiered",
  kind      = "margin",
  doc       = "Initial and maintenance margin by notional tier.",
  rate_max  = 1,  -- checked by the host
  slope_min = 0,
  slope_max = 0.5,  -- by how much maintenance moves with the notional; lets quiet accounts sleep
  params    = {
    tiers = steps {
      by      = "notional",  -- a tier applies from its notional up to the next one's
      columns = {
        initial     = ratio { at_least = 0, at_most = 1, tighter = "higher" },
        maintenance = ratio { at_least = 0, at_most = 0.5, tighter = "higher" },
        deduction   = money { unit = "settle", at_least = 0, default = 0, tighter = "lower" },
      },
      default = {
        { notional = 0, initial = 0.10, maintenance = 0.05, deduction = 0 },
        { notional = 1000000, initial = 0.20, maintenance = 0.10, deduction = 50000 },
        { notional = 10000000, initial = 0.50, maintenance = 0.25, deduction = 1550000 },
      },
      doc = "deduction keeps the maintenance margin from jumping at the edge of a tier",
    },
  },

  -- An option by what it is on, if sold: it can lose by that; a binary one by what is left to its
  -- payout. If bought, it is paid for: nothing new is lent on it, and there is nothing to maintain.
  -- Rules that know options: margin/short_option and those of venues.
  margin = function(exposure, params)
    local notional = exposure.notional
    if exposure.right ~= option_right.none then
      local size = abs(exposure.quantity) * exposure.contract_size
      if exposure.quantity >= 0 then
        return exposure.mark_price * size, 0
      end
      if exposure.kind == contract_kind.binary_option then
        local loss = max(0, exposure.payout - exposure.mark_price) * size
        return loss, loss / 2
      end
      notional = exposure.underlying_value * size
    end
    local tier = params.tiers:at(notional)
    local rate = max(tier.initial, 1 / exposure.leverage)
    return notional * rate, notional * tier.maintenance - tier.deduction
  end,
}
