rule {
  name   = "price_collar",
  kind   = "check",
  doc    = "Refuse a limit order priced too far from the mark price.",
  reason = reject.price_exceeds_current_price_band,
  params = {
    deviation_max = ratio {
      default  = 0.05,
      at_least = 0.001,
      at_most  = 0.5,
      tighter  = "lower",
      doc      = "distance from the mark price, as a share of it",
    },
  },
  when = order_type.limit + order_type.stop_limit,

  check = function(order, instrument, params)
    local deviation = abs(order.price - instrument.mark_price) / instrument.mark_price
    return limit(deviation, params.deviation_max)
  end,
}
