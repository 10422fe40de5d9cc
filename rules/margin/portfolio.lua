-- rules/margin/portfolio.lua: the largest loss of a book over a grid of scenarios, never below what
-- its short options alone ask for, and a share of the notional of its futures on top.
rule {
  name   = "portfolio",
  kind   = "margin",
  doc    = "What all positions on one underlying would lose in the worst of the scenarios.",
  params = {
    scenarios = steps {
      by      = "number",
      columns = {
        price_move      = ratio { at_least = -0.99, at_most = 10 },
        volatility_move = ratio { at_least = -0.99, at_most = 10 },
        weight          = ratio { default = 1, at_least = 0, at_most = 1, tighter = "higher" },
      },
      default = {
        { number = 0, price_move = -0.15, volatility_move = -0.30 },
        { number = 1, price_move = -0.15, volatility_move = 0 },
        { number = 2, price_move = -0.15, volatility_move = 0.45 },
        { number = 3, price_move = -0.12, volatility_move = -0.30 },
        { number = 4, price_move = -0.12, volatility_move = 0 },
        { number = 5, price_move = -0.12, volatility_move = 0.45 },
        { number = 6, price_move = -0.09, volatility_move = -0.30 },
        { number = 7, price_move = -0.09, volatility_move = 0 },
        { number = 8, price_move = -0.09, volatility_move = 0.45 },
        { number = 9, price_move = -0.06, volatility_move = -0.30 },
        { number = 10, price_move = -0.06, volatility_move = 0 },
        { number = 11, price_move = -0.06, volatility_move = 0.45 },
        { number = 12, price_move = -0.03, volatility_move = -0.30 },
        { number = 13, price_move = -0.03, volatility_move = 0 },
        { number = 14, price_move = -0.03, volatility_move = 0.45 },
        { number = 15, price_move = 0, volatility_move = -0.30 },
        { number = 16, price_move = 0, volatility_move = 0 },
        { number = 17, price_move = 0, volatility_move = 0.45 },
        { number = 18, price_move = 0.03, volatility_move = -0.30 },
        { number = 19, price_move = 0.03, volatility_move = 0 },
        { number = 20, price_move = 0.03, volatility_move = 0.45 },
        { number = 21, price_move = 0.06, volatility_move = -0.30 },
        { number = 22, price_move = 0.06, volatility_move = 0 },
        { number = 23, price_move = 0.06, volatility_move = 0.45 },
        { number = 24, price_move = 0.09, volatility_move = -0.30 },
        { number = 25, price_move = 0.09, volatility_move = 0 },
        { number = 26, price_move = 0.09, volatility_move = 0.45 },
        { number = 27, price_move = 0.12, volatility_move = -0.30 },
        { number = 28, price_move = 0.12, volatility_move = 0 },
        { number = 29, price_move = 0.12, volatility_move = 0.45 },
        { number = 30, price_move = 0.15, volatility_move = -0.30 },
        { number = 31, price_move = 0.15, volatility_move = 0 },
        { number = 32, price_move = 0.15, volatility_move = 0.45 },
        { number = 33, price_move = -0.45, volatility_move = 0.45, weight = 0.33 },
        { number = 34, price_move = 0.45, volatility_move = 0.45, weight = 0.33 },
      },
      doc = "how price and volatility may move, and how much of the loss then counts",
    },
    short_option_rate = ratio {
      default  = 0.01,
      at_least = 0,
      at_most  = 1,
      tighter  = "higher",
      doc      = "the least for short options, of their quantity x underlying price",
    },
    futures_rate = ratio {
      default  = 0.005,
      at_least = 0,
      at_most  = 1,
      tighter  = "higher",
      doc      = "on top for futures and perpetuals, of their notional",
    },
    initial_factor = ratio {
      default  = 1.25,
      at_least = 1,
      at_most  = 10,
      tighter  = "higher",
      doc      = "initial margin over maintenance margin",
    },
  },

  portfolio = function(book, params)
    local least = book.short_options * params.short_option_rate
    local futures = book.long_futures + book.short_futures
    local maintenance = max(book.worst_loss, least) + futures * params.futures_rate
    local least_after = book.short_options_after * params.short_option_rate
    local futures_after = book.long_futures_after + book.short_futures_after
    local after = max(book.worst_loss_after, least_after) + futures_after * params.futures_rate
    return max(after, maintenance) * params.initial_factor, maintenance
  end,
}
