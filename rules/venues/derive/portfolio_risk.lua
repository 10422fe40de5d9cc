-- Derive (Lyra v2), portfolio margin (PMRM 2), of whole accounts: the worst of a grid of moves of
-- price and volatility, tails and twists of the skew, or of a move of the forwards against the spot
-- price; on top shares for short options and perpetuals, haircuts, and more for doubtful prices.
-- Options count at the model's price. Open orders fill where that loses. Collateral is counted in
-- full by the collateral rule; what it counts less is asked for here, by asset.
local function unit_price(right, forward, strike, years, volatility, rate)
  return option_price(right, forward, strike, years, volatility) * exp(-rate * years)
end

-- How much a scenario raises or lowers the volatility of an option this far from the forward.
local function skewed(distance, most, reach)
  if distance >= 0 then return max(0, 1 + min(most, distance * most / reach)) end
  return max(0, 1 + max(-most, distance * most / reach))
end

local function doubt(confidence, threshold, factor)
  if confidence < threshold then return (1 - confidence) * factor end
  return 0
end

rule {
  name   = "portfolio_risk",
  kind   = "margin",
  doc    = "The worst of a grid of price and volatility moves over a whole account, and add-ons.",
  params = {
    shocks = steps {
      by      = "number",
      columns = {
        price_move = ratio { at_least = -0.99, at_most = 10 },
        up         = ratio { default = 0, at_least = 0, at_most = 1 },
        down       = ratio { default = 0, at_least = 0, at_most = 1 },
        linear     = ratio { default = 0, at_least = 0, at_most = 1 },
        absolute   = ratio { default = 0, at_least = 0, at_most = 1 },
        weight     = ratio { default = 1, at_least = 0, at_most = 10, tighter = "higher" },
      },
      default = {
        { number = 0, price_move = 0.18, up = 1 },
        { number = 1, price_move = 0.135, down = 1 },
        { number = 2, price_move = 0.135 },
        { number = 3, price_move = 0.135, up = 1 },
        { number = 4, price_move = 0.09, down = 1 },
        { number = 5, price_move = 0.09 },
        { number = 6, price_move = 0.09, up = 1 },
        { number = 7, price_move = 0.045, down = 1 },
        { number = 8, price_move = 0.045 },
        { number = 9, price_move = 0.045, up = 1 },
        { number = 10, price_move = 0, down = 1 },
        { number = 11, price_move = 0 },
        { number = 12, price_move = 0, up = 1 },
        { number = 13, price_move = -0.045, down = 1 },
        { number = 14, price_move = -0.045 },
        { number = 15, price_move = -0.045, up = 1 },
        { number = 16, price_move = -0.09, down = 1 },
        { number = 17, price_move = -0.09 },
        { number = 18, price_move = -0.09, up = 1 },
        { number = 19, price_move = -0.135, down = 1 },
        { number = 20, price_move = -0.135 },
        { number = 21, price_move = -0.135, up = 1 },
        { number = 22, price_move = -0.18, up = 1 },
        { number = 23, price_move = -0.66, up = 1, weight = 0.0545454545454545 },
        { number = 24, price_move = -0.33, up = 1, weight = 0.109090909090909 },
        { number = 25, price_move = 0.5, up = 1, weight = 0.072 },
        { number = 26, price_move = 1, up = 1, weight = 0.036 },
        { number = 27, price_move = 2, up = 1, weight = 0.018 },
        { number = 28, price_move = 3, up = 1, weight = 0.012 },
        { number = 29, price_move = 0, linear = 1 },
        { number = 30, price_move = 0, absolute = 1 },
      },
      doc = "moves of price; of volatility up, down, or of its skew; how much of the loss counts",
    },
    initial_factor     = ratio { default = 1, at_least = 0.5, at_most = 10, tighter = "higher" },
    maintenance_factor = ratio { default = 0.8, at_least = 0.5, at_most = 10, tighter = "higher" },
    peg_threshold      = ratio { default = 0.98, at_least = 0, at_most = 100 },
    peg_factor         = ratio {
      default  = 2,
      at_least = 0,
      at_most  = 10,
      tighter  = "higher",
      doc      = "more initial_factor for what the account's currency is worth below peg_threshold",
    },
    confidence_threshold = ratio { default = 0.55, at_least = 0, at_most = 1, tighter = "higher" },
    confidence_factor    = ratio {
      default  = 1,
      at_least = 0,
      at_most  = 20,
      tighter  = "higher",
      doc      = "of the notional at prices below confidence_threshold, times what is missing to 1",
    },
    perp_maintenance   = ratio { default = 0.015, at_least = 0, at_most = 3, tighter = "higher" },
    perp_initial       = ratio { default = 0.005, at_least = 0, at_most = 3, tighter = "higher" },
    option_maintenance = ratio { default = 0.003, at_least = 0, at_most = 2, tighter = "higher" },
    option_initial     = ratio { default = 0.002, at_least = 0, at_most = 2, tighter = "higher" },
    volatility_up      = ratio { default = 0.5, at_least = 0, at_most = 10, tighter = "higher" },
    volatility_down    = ratio { default = 0.275, at_least = 0, at_most = 10, tighter = "higher" },
    volatility_min     = ratio { default = 0.45, at_least = 0, at_most = 20, tighter = "higher" },
    short_power        = ratio { default = 0.3, at_least = 0, at_most = 10 },
    long_power         = ratio { default = 0.13, at_least = 0, at_most = 10 },
    term               = duration {
      default = 2592000,
      at_least = 1,
      doc = "30 days: nearer to expiry volatility moves more, by short_power, else by long_power",
    },
    term_floor        = duration { default = 86400, at_least = 1 },
    linear_limit      = ratio { default = 0.15, at_least = 0, at_most = 10 },
    linear_slope      = ratio { default = -0.05, at_least = -10, at_most = 10 },
    absolute_limit    = ratio { default = 0.15, at_least = 0, at_most = 10 },
    absolute_slope    = ratio { default = -0.05, at_least = -10, at_most = 10 },
    reach_min         = ratio { default = 0.01, at_least = 0.000001, at_most = 10 },
    reach_width       = ratio { default = 4, at_least = 0, at_most = 10 },
    reach_fixed       = ratio { default = 0.6, at_least = 0, at_most = 10 },
    reach_slope       = ratio { default = -0.1, at_least = -20, at_most = 20 },
    basis_up          = ratio { default = 0.045, at_least = 0, at_most = 2 },
    basis_down        = ratio { default = -0.045, at_least = -0.99, at_most = 0 },
    basis_fixed       = ratio { default = 0.5, at_least = 0, at_most = 20, tighter = "higher" },
    basis_yearly      = ratio { default = 2, at_least = 0, at_most = 20, tighter = "higher" },
    long_discount     = ratio { default = 0.95, at_least = 0, at_most = 4, tighter = "lower" },
    long_rate_scale   = ratio { default = 1, at_least = 0, at_most = 10 },
    long_rate_added   = ratio { default = 0.08, at_least = 0, at_most = 10 },
    short_discount    = ratio { default = 1.04, at_least = 0, at_most = 4, tighter = "higher" },
    short_rate_scale  = ratio { default = 0.5, at_least = 0, at_most = 10 },
    short_rate_added  = ratio { default = 0.08, at_least = 0, at_most = 10 },
    settlement_window = duration {
      default  = 1800,
      at_least = 1,
      doc      = "before expiry, over which the settlement price is averaged and comes to rest",
    },
    coin = flag { default = false, doc = "by asset: what is traded, and not only like it" },
    moves = flag { default = false, doc = "by asset: its price moves with what is traded" },
    haircut = ratio { default = 0, at_least = 0, at_most = 1, tighter = "higher" },
    initial_haircut = ratio {
      default  = 0,
      at_least = 0,
      at_most  = 1,
      tighter  = "higher",
      doc      = "by asset, as haircut is; for initial margin both count",
    },
  },

  portfolio = function(book, params)
    local coin_confidence = 1
    for b in book.balances do
      if b.params.coin then coin_confidence = min(coin_confidence, b.confidence) end
    end
    for p in book.positions do
      coin_confidence = min(coin_confidence, p.spot_confidence)
    end
    local threshold = params.confidence_threshold
    local factor = params.confidence_factor

    local maintenance = 0
    local initial = 0
    local moving = 0
    for b in book.balances do
      if not b.is_currency then
        local owned = max(b.value, 0)
        local trust = min(b.confidence, coin_confidence)
        maintenance = maintenance + owned * b.params.haircut
        initial = initial + owned * (b.params.initial_haircut + doubt(trust, threshold, factor))
        if b.params.moves then moving = moving + b.value end
      end
    end

    local confidence = coin_confidence
    for p in book.positions do
      if not p.is_option then confidence = min(confidence, p.confidence) end
    end
    local ordered = 0
    local basis = 0
    local basis_after = 0
    local seconds = -1
    local coin = -1
    for p in book.positions do
      local spot = p.underlying_price
      if known(p.index_price) then spot = p.index_price end
      if not p.is_option then
        local held = abs(p.quantity) * spot
        local most = max(abs(p.quantity_with_buys), abs(p.quantity_with_sells)) * spot
        maintenance = maintenance + held * params.perp_maintenance
        ordered = ordered + (most - held) * params.perp_maintenance
        initial = initial + most * (params.perp_initial + doubt(confidence, threshold, factor))
      elseif p.seconds_to_expiry ~= seconds or p.asset ~= coin then
        seconds = p.seconds_to_expiry
        local underlying = p.underlying_price
        coin = p.asset
        local trust = confidence
        local open = min(max(seconds, 0) / params.settlement_window, 1)
        local years = p.years_to_expiry
        local rate = max(p.interest_rate, 0)
        local now = 0
        local up = 0
        local down = 0
        local fills = 0
        local size = 0
        local short = 0
        local long = 0
        local short_after = 0
        local long_after = 0
        local naked = 0
        local naked_after = 0
        local strike = -1
        for o in book.positions do
          if o.is_option and o.seconds_to_expiry == seconds and o.asset == coin then
            trust = min(trust, o.confidence, o.underlying_confidence)
            local vol = o.implied_volatility
            local higher = underlying * (1 + params.basis_up * open)
            local lower = underlying * (1 + params.basis_down * open)
            local unit = unit_price(o.right, underlying, o.strike, years, vol, rate)
            local unit_up = unit_price(o.right, higher, o.strike, years, vol, rate)
            local unit_down = unit_price(o.right, lower, o.strike, years, vol, rate)
            now = now + o.quantity * unit
            up = up + o.quantity * (unit_up - unit)
            down = down + o.quantity * (unit_down - unit)
            local buys = o.quantity_with_buys - o.quantity
            local sells = o.quantity - o.quantity_with_sells
            fills = fills + buys * max(unit - unit_up, unit - unit_down, 0)
            fills = fills + sells * max(unit_up - unit, unit_down - unit, 0)
            maintenance = maintenance + o.value - o.quantity * unit
            size = size + max(abs(o.quantity_with_buys), abs(o.quantity_with_sells))
            if o.strike ~= strike then
              naked = naked + max(short - long, 0)
              naked_after = naked_after + max(short_after - long_after, 0)
              strike = o.strike
              short = 0
              long = 0
              short_after = 0
              long_after = 0
            end
            short = short + max(-o.quantity, 0)
            long = long + max(o.quantity, 0)
            short_after = short_after + max(-o.quantity_with_sells, 0)
            long_after = long_after + max(o.quantity_with_sells, 0)
          end
        end
        naked = naked + max(short - long, 0)
        naked_after = naked_after + max(short_after - long_after, 0)
        maintenance = maintenance + naked * spot * params.option_maintenance
        ordered = ordered + (naked_after - naked) * spot * params.option_maintenance
        initial = initial + naked_after * spot * params.option_initial
        initial = initial + size * spot * doubt(trust, threshold, factor)
        local share = params.basis_fixed + params.basis_yearly * years
        local loss = max(-up, -down, 0)
        basis = basis - loss * share
        basis_after = basis_after - (loss + fills) * share
      end
    end

    local worst = basis
    local worst_after = basis_after
    for s in params.shocks do
      local twisted = s.linear > 0 or s.absolute > 0
      local sum = moving * s.price_move
      local orders = 0
      seconds = -1
      coin = -1
      for p in book.positions do
        if not p.is_option then
          local change = p.mark_price * s.price_move
          sum = sum + p.quantity * change
          orders = orders + (p.quantity_with_buys - p.quantity) * max(-change, 0)
          orders = orders + (p.quantity - p.quantity_with_sells) * max(change, 0)
        elseif p.seconds_to_expiry ~= seconds or p.asset ~= coin then
          seconds = p.seconds_to_expiry
          local underlying = p.underlying_price
          coin = p.asset
          local open = min(max(seconds, 0) / params.settlement_window, 1)
          local forward = underlying * (1 + s.price_move * open)
          local years = p.years_to_expiry
          local rate = max(p.interest_rate, 0)
          local term_power = params.long_power
          if seconds <= params.term then term_power = params.short_power end
          local nearness = power(params.term / max(seconds, params.term_floor), term_power)
          local change = 1
          local least = 0
          if s.up > 0 then
            change = 1 + params.volatility_up * nearness * s.up
            least = params.volatility_min
          elseif s.down > 0 then
            change = max(1 - params.volatility_down * nearness * s.down, 0)
          end
          local root = sqrt(years)
          local twist = params.linear_slope * root + params.linear_limit
          if s.absolute > 0 then twist = params.absolute_slope * root + params.absolute_limit end
          local reach = params.reach_fixed + root * params.reach_slope
          reach = max(params.reach_min, root * params.reach_width * reach)
          local long_scale = params.long_rate_added + rate * params.long_rate_scale
          long_scale = params.long_discount * exp(-years * long_scale)
          local short_scale = params.short_rate_added + rate * params.short_rate_scale
          short_scale = params.short_discount * exp(years * short_scale)
          short_scale = min(short_scale, exp(rate * years))
          local now = 0
          local value = 0
          local fills = 0
          for o in book.positions do
            if o.is_option and o.seconds_to_expiry == seconds and o.asset == coin then
              local vol = o.implied_volatility
              local unit = unit_price(o.right, underlying, o.strike, years, vol, rate)
              if twisted then
                local distance = log(o.strike / forward)
                if s.absolute > 0 then distance = abs(distance) end
                vol = vol * skewed(distance, twist, reach)
              else
                vol = max(vol * change, least)
              end
              local unit_then = unit_price(o.right, forward, o.strike, years, vol, rate)
              now = now + o.quantity * unit
              value = value + o.quantity * unit_then
              local bought = (o.quantity_with_buys - o.quantity) * (unit - unit_then * long_scale)
              local sold = (o.quantity - o.quantity_with_sells) * (unit_then * short_scale - unit)
              fills = fills + max(bought, 0) + max(sold, 0)
            end
          end
          if value >= 0 then
            value = value * long_scale
          else
            value = value * short_scale
          end
          value = value - now
          if twisted then value = -abs(value) end
          sum = sum + value
          orders = orders + fills
        end
      end
      worst = min(worst, sum * s.weight)
      worst_after = min(worst_after, (sum - orders) * s.weight)
    end

    local lost = max(params.peg_threshold - book.currency_price, 0) * params.peg_factor
    initial = maintenance + ordered + initial - worst_after * (params.initial_factor + lost)
    maintenance = maintenance - worst * params.maintenance_factor
    return max(initial, maintenance, 0), max(maintenance, 0)
  end,
}
