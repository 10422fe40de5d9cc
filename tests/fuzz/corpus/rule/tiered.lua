rule {
  name     = "tiered",
  kind     = "margin",
  doc      = "Initial and maintenance margin by notional tier.",
  rate_max = 0.5,                      -- checked by the host; lets quiet accounts sleep
  params   = {
    tiers = steps {
      by      = "notional",            -- a tier applies from its notional up to the next one's
      columns = {
        initial     = ratio { at_least = 0, at_most = 1 },
        maintenance = ratio { at_least = 0, at_most = 0.5 },
        deduction   = money { unit = "settle", at_least = 0, default = 0 },
      },
      default = {
        { notional = 0,        initial = 0.10, maintenance = 0.05, deduction = 0 },
        { notional = 1000000,  initial = 0.20, maintenance = 0.10, deduction = 50000 },
        { notional = 10000000, initial = 0.50, maintenance = 0.25, deduction = 1550000 },
      },
      doc = "deduction keeps the maintenance margin from jumping at the edge of a tier",
    },
  },

  margin = function(exposure, params)
    local tier = params.tiers:at(exposure.notional)
    local rate = max(tier.initial, 1 / exposure.leverage)
    return exposure.notional * rate, exposure.notional * tier.maintenance - tier.deduction
  end,
}
