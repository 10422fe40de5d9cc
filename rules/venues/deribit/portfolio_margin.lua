-- Deribit, portfolio margin of one underlying: the worst of the scenarios, and what is added for
-- what no scenario shows: short options that the same strike does not offset, and futures of
-- different dates that are taken to move as one. Its volatility moves fall with the time left,
-- (30 / days)^0.3; here a move is the same for every expiry, and the default that of 30 days.
rule {
  name   = "portfolio_margin",
  kind   = "margin",
  doc    = "The worst scenario of a book, with add-ons for net short strikes and offset futures.",
  params = {
    scenarios = steps {
      by      = "number",
      columns = {
        price_move      = ratio { at_least = -0.99, at_most = 10 },
        volatility_move = ratio { at_least = -0.99, at_most = 10 },
        weight          = ratio { default = 1, at_least = 0, at_most = 1, tighter = "higher" },
      },
      default = {
        { number = 0, price_move = -0.10, volatility_move = -0.38 },
        { number = 1, price_move = -0.10, volatility_move = 0.38 },
        { number = 2, price_move = -0.075, volatility_move = -0.38 },
        { number = 3, price_move = -0.075, volatility_move = 0.38 },
        { number = 4, price_move = -0.05, volatility_move = -0.38 },
        { number = 5, price_move = -0.05, volatility_move = 0.38 },
        { number = 6, price_move = -0.025, volatility_move = -0.38 },
        { number = 7, price_move = -0.025, volatility_move = 0.38 },
        { number = 8, price_move = 0, volatility_move = -0.38 },
        { number = 9, price_move = 0, volatility_move = 0.38 },
        { number = 10, price_move = 0.025, volatility_move = -0.38 },
        { number = 11, price_move = 0.025, volatility_move = 0.38 },
        { number = 12, price_move = 0.05, volatility_move = -0.38 },
        { number = 13, price_move = 0.05, volatility_move = 0.38 },
        { number = 14, price_move = 0.075, volatility_move = -0.38 },
        { number = 15, price_move = 0.075, volatility_move = 0.38 },
        { number = 16, price_move = 0.10, volatility_move = -0.38 },
        { number = 17, price_move = 0.10, volatility_move = 0.38 },
      },
      doc = "how price and volatility may move, and how much of the loss then counts",
    },
    short_strike_rate = ratio {
      default = 0.01,
      at_least = 0,
      at_most = 1,
      tighter = "higher",
      doc = "added for what is net short in options of one expiry and strike, of the underlying",
    },
    offset_futures_rate = ratio {
      default  = 0.01,
      at_least = 0,
      at_most  = 1,
      tighter  = "higher",
      doc      = "added for long futures that short ones offset, of their notional",
    },
    initial_factor = ratio {
      default  = 1.3,
      at_least = 1,
      at_most  = 10,
      tighter  = "higher",
      doc      = "initial margin over maintenance margin",
    },
  },

  portfolio = function(book, params)
    local short = 0
    local short_after = 0
    for p in book.positions do
      if p.is_option then
        -- Calls and puts of a strike: what is net short is shared among those that are in it.
        local net = 0
        local net_after = 0
        local legs = 0
        for o in book.positions do
          local together = o.is_option and o.strike == p.strike
          if together and o.seconds_to_expiry == p.seconds_to_expiry then
            net = net + o.quantity
            net_after = net_after + o.quantity_with_sells
            legs = legs + 1
          end
        end
        short = short + max(-net, 0) * p.underlying_price / legs
        short_after = short_after + max(-net_after, 0) * p.underlying_price / legs
      end
    end
    local offset = min(book.long_futures, book.short_futures) * params.offset_futures_rate
    local offset_after = min(book.long_futures_after, book.short_futures_after)
    offset_after = offset_after * params.offset_futures_rate
    local maintenance = book.worst_loss + short * params.short_strike_rate + offset
    local after = book.worst_loss_after + short_after * params.short_strike_rate + offset_after
    return max(after, maintenance) * params.initial_factor, maintenance
  end,
}
