-- Vega, specification 0019-MCAL, cross margin: maintenance counts the open orders too. Of each side
-- what is held there times the mark times (slippage + risk factor), and all its orders times the
-- mark and the risk factor when they could leave the position on that side; the larger side counts,
-- and a share of the funding that is due. Initial margin is a multiple of it.
rule {
  name   = "with_orders",
  kind   = "margin",
  doc    = "Slippage and a risk factor for each side, orders included, and funding due.",
  params = {
    risk_factor_long  = ratio { default = 0.1, at_least = 0, at_most = 99, tighter = "higher" },
    risk_factor_short = ratio { default = 0.1, at_least = 0, at_most = 99, tighter = "higher" },
    linear_slippage   = ratio { default = 0.1, at_least = 0, at_most = 100, tighter = "higher" },
    funding_factor    = ratio { default = 1, at_least = 0, at_most = 1, tighter = "higher" },
    funding_due       = price {
      default = 0,
      doc     = "what the next funding takes from each contract held long; it is set",
    },
    initial_scale = ratio { default = 1.5, at_least = 1, at_most = 10, tighter = "higher" },
  },

  portfolio = function(book, params)
    local maintenance = 0
    for p in book.positions do
      local slippage = p.params.linear_slippage
      local long = 0
      if p.quantity_with_buys > 0 then
        local held = max(p.quantity, 0)
        local orders = p.quantity_with_buys - p.quantity
        long = held * slippage + (held + orders) * p.params.risk_factor_long
      end
      local short = 0
      if p.quantity_with_sells < 0 then
        local held = max(-p.quantity, 0)
        local orders = p.quantity - p.quantity_with_sells
        short = held * slippage + (held + orders) * p.params.risk_factor_short
      end
      local due = max(p.quantity * p.params.funding_due, 0)
      maintenance = maintenance + max(long, short) * p.mark_price + due * p.params.funding_factor
    end
    return maintenance * params.initial_scale, maintenance
  end,
}
