-- After the rules of US exchanges for options on stocks (Cboe Rule 10.3, FINRA Rule 4210 (f)(2)),
-- with Lean's numbers as defaults. The equity has what options are worth: a short, which it owes,
-- is not asked its premium a second time, and a long is asked what it is worth before anything new
-- is opened, as nothing is lent on it. With `published` figures are of an account whose equity
-- leaves options out. A binary option sold keeps what is left to its payout.
rule {
  name      = "short_option",
  kind      = "margin",
  doc       = "Short options by a share of the underlying less what they are out of the money.",
  rate_max  = 2,
  slope_max = 2,
  params    = {
    otm_rate = ratio {
      default  = 0.20,
      at_least = 0,
      at_most  = 1,
      tighter  = "higher",
      doc      = "share of the underlying, less what the option is out of the money; indices 15 %",
    },
    min_rate = ratio {
      default  = 0.10,
      at_least = 0,
      at_most  = 1,
      tighter  = "higher",
      doc      = "the least: this share of the underlying for a call, of the strike for a put",
    },
    long_maintenance = ratio {
      default  = 0,
      at_least = 0,
      at_most  = 1,
      tighter  = "higher",
      doc      = "share of what a long is worth that may not keep other positions up",
    },
    published = flag {
      default = false,
      doc     = "count as if the equity left options out; for comparison only",
    },
    other = ratio {
      default  = 0.5,
      at_least = 0,
      at_most  = 1,
      tighter  = "higher",
      doc      = "initial rate of what is no option",
    },
    other_maintenance = ratio { default = 0.25, at_least = 0, at_most = 1, tighter = "higher" },
  },

  margin = function(exposure, params)
    if exposure.right == option_right.none then
      return exposure.notional * params.other, exposure.notional * params.other_maintenance
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
    -- In shares of the underlying, which may be a coin.
    local out = exposure.strike / exposure.underlying_price - 1
    local least = params.min_rate
    if exposure.right == option_right.put then
      least = least * exposure.strike / exposure.underlying_price
      out = -out
    end
    local margin = exposure.underlying_value * max(params.otm_rate - max(0, out), least)
    if params.published then margin = margin + mark end
    return margin * size, margin * size
  end,
}
