-- Vega, specification 0019-MCAL, isolated margin of orders. Of each side, best price first, as much
-- as stands against the position is free; of the rest its value at its own price counts, in an
-- auction at no less than the auction's. The larger side times the factor that the client chose is
-- the margin of the orders; that of the position is the same factor of its notional.
rule {
  name   = "isolated_orders",
  kind   = "margin",
  doc    = "A chosen share of a position, and of the larger side of orders that do not reduce it.",
  params = {
    factor        = ratio { default = 0.1, at_least = 0, at_most = 1, tighter = "higher" },
    maintenance   = ratio { default = 0.05, at_least = 0, at_most = 1, tighter = "higher" },
    auction_price = price { default = 0, at_least = 0, doc = "while there is one; it is set" },
    quantum       = money {
      unit     = "account",
      default  = 0,
      at_least = 0,
      doc      = "the margin of orders is cut to whole ones of these; zero: it is not cut",
    },
  },

  portfolio = function(book, params)
    local initial = 0
    local maintenance = 0
    for p in book.positions do
      local bought = 0
      local sold = 0
      local age = 0
      for o in book.orders do
        age = age + 1
        if o.instrument == p.instrument then
          local better = 0
          local other_age = 0
          for q in book.orders do
            other_age = other_age + 1
            if q.instrument == o.instrument and q.side == o.side then
              local first = q.price > o.price
              if o.side == side.sell then first = q.price < o.price end
              if q.price == o.price then first = other_age < age end
              if first then better = better + q.quantity end
            end
          end
          local free = max(-p.quantity, 0)
          if o.side == side.sell then free = max(p.quantity, 0) end
          local counted = min(max(better + o.quantity - free, 0), o.quantity)
          local value = counted * max(o.price, o.params.auction_price)
          if o.side == side.sell then
            sold = sold + value
          else
            bought = bought + value
          end
        end
      end
      local orders = max(bought, sold) * p.params.factor
      if params.quantum > 0 then orders = floor(orders / params.quantum) * params.quantum end
      local notional = abs(p.quantity) * p.mark_price
      initial = initial + notional * p.params.factor + orders
      maintenance = maintenance + notional * min(p.params.maintenance, p.params.factor)
    end
    return initial, maintenance
  end,
}
