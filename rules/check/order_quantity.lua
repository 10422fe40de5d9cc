rule {
  name   = "order_quantity",
  kind   = "check",
  doc    = "Cap the quantity of one order: the last guard against a slipped finger.",
  reason = reject.exceeded_clip_size_limit,
  params = {
    quantity_max = quantity {
      default  = 1000000,
      at_least = 0,
      tighter  = "lower",
      doc      = "most that one order may ask for; set it per instrument",
    },
  },

  check = function(order, params)
    return limit(order.quantity, params.quantity_max)
  end,
}
