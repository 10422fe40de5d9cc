-- Derive (Lyra v2), standard margin of whole accounts: what the short options of an expiry need one
-- by one, or all that the expiry can lose with what its unpaired calls need, whichever is less. On
-- top of initial margin shares for prices not to be trusted and for a currency below its peg.
-- Options are no credit, so what the equity counts of them is asked for again.
local function intrinsic(right, strike, at)
  if right == option_right.call then return max(at - strike, 0) end
  return max(strike - at, 0)
end

local function doubt(confidence, threshold, factor)
  if confidence < threshold then return (1 - confidence) * factor end
  return 0
end

rule {
  name   = "standard",
  kind   = "margin",
  doc    = "Of each expiry its short options one by one, or its worst payoff and unpaired calls.",
  params = {
    perp_initial         = ratio { default = 0.065, at_least = 0, at_most = 1, tighter = "higher" },
    perp_maintenance     = ratio { default = 0.05, at_least = 0, at_most = 1, tighter = "higher" },
    spot_max             = ratio { default = 0.15, at_least = 0, at_most = 1, tighter = "higher" },
    spot_min             = ratio { default = 0.10, at_least = 0, at_most = 1, tighter = "higher" },
    call_spot            = ratio { default = 0.075, at_least = 0, at_most = 1, tighter = "higher" },
    put_spot             = ratio { default = 0.075, at_least = 0, at_most = 1, tighter = "higher" },
    put_mark             = ratio { default = 0.075, at_least = 0, at_most = 1, tighter = "higher" },
    put_offset           = ratio { default = 1.05, at_least = 1, at_most = 10, tighter = "higher" },
    unpaired_initial     = ratio { default = 1.2, at_least = 1, at_most = 10, tighter = "higher" },
    unpaired_maintenance = ratio { default = 1.1, at_least = 1, at_most = 10, tighter = "higher" },
    confidence_threshold = ratio { default = 0.4, at_least = 0, at_most = 1, tighter = "higher" },
    confidence_factor    = ratio {
      default  = 0.4,
      at_least = 0,
      at_most  = 20,
      tighter  = "higher",
      doc      = "of the notional at prices below confidence_threshold, times what is missing to 1",
    },
    peg_threshold = ratio { default = 0.98, at_least = 0, at_most = 100, tighter = "higher" },
    peg_factor    = ratio {
      default  = 1.2,
      at_least = 0,
      at_most  = 10,
      tighter  = "higher",
      doc      = "of perpetuals and short options, times what the currency is below peg_threshold",
    },
  },

  portfolio = function(book, params)
    local initial = 0
    local maintenance = 0
    local counted = -1
    local coin = -1
    local threshold = params.confidence_threshold
    local factor = params.confidence_factor
    local lost = max(params.peg_threshold - book.currency_price, 0) * params.peg_factor
    for b in book.balances do
      if not b.is_currency then
        initial = initial + max(b.value, 0) * doubt(b.confidence, threshold, factor)
      end
    end
    for p in book.positions do
      local spot = p.underlying_price
      if known(p.index_price) then spot = p.index_price end
      if not p.is_option then
        local most = max(abs(p.quantity_with_buys), abs(p.quantity_with_sells))
        local trust = min(p.confidence, p.spot_confidence)
        initial = initial + most * p.mark_price * params.perp_initial
        initial = initial + most * spot * (doubt(trust, threshold, factor) + lost)
        maintenance = maintenance + abs(p.quantity) * p.mark_price * params.perp_maintenance
      elseif p.seconds_to_expiry ~= counted or p.asset ~= coin then
        counted = p.seconds_to_expiry
        coin = p.asset
        local forward = p.underlying_price
        local trust = p.spot_confidence
        local shorts = 0
        local alone_initial = 0
        local alone = 0
        local calls_initial = 0
        local calls = 0
        local at_zero_initial = 0
        local at_zero = 0
        local worst_initial = 0
        local worst = 0
        for o in book.positions do
          if o.is_option and o.seconds_to_expiry == counted and o.asset == coin then
            trust = min(trust, o.confidence, o.underlying_confidence)
            shorts = shorts + max(-o.quantity_with_sells, 0)
            local is_call = o.right == option_right.call
            local kept = params.call_spot * spot
            if not is_call then
              kept = max(params.put_spot * spot, params.put_mark * o.mark_price)
            end
            kept = kept + o.mark_price
            local away = intrinsic(o.right, spot, o.strike) / spot
            local begun = max(params.spot_max - away, params.spot_min) * spot + o.mark_price
            if not is_call then begun = max(begun, params.put_offset * kept) end
            alone = alone + max(-o.quantity, 0) * kept
            alone_initial = alone_initial + max(-o.quantity_with_sells, 0) * begun
            if is_call then
              calls = calls + o.quantity
              calls_initial = calls_initial + o.quantity_with_sells
            end
            local here = intrinsic(o.right, o.strike, 0)
            at_zero = at_zero + o.quantity * here
            at_zero_initial = at_zero_initial + o.quantity_with_sells * here
            local sum = 0
            local sum_initial = 0
            for q in book.positions do
              if q.is_option and q.seconds_to_expiry == counted and q.asset == coin then
                local pays = intrinsic(q.right, q.strike, o.strike)
                sum = sum + q.quantity * pays
                sum_initial = sum_initial + q.quantity_with_sells * pays
              end
            end
            worst = max(worst, -sum)
            worst_initial = max(worst_initial, -sum_initial)
            maintenance = maintenance + o.value
            initial = initial + o.quantity_with_buys * o.mark_price
          end
        end
        worst = max(worst, -at_zero) + max(-calls, 0) * forward * params.unpaired_maintenance
        worst_initial = max(worst_initial, -at_zero_initial)
        worst_initial = worst_initial + max(-calls_initial, 0) * forward * params.unpaired_initial
        maintenance = maintenance + min(alone, worst)
        initial = initial + min(alone_initial, worst_initial)
        initial = initial + shorts * spot * (doubt(trust, threshold, factor) + lost)
      end
    end
    return max(initial, 0), max(maintenance, 0)
  end,
}
