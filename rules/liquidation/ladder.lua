rule {
  name     = "ladder",
  kind     = "liquidation",
  monotone = true,  -- less equity or more to keep never means a lower stage
  doc      = "Warn, cancel orders, reduce, liquidate, take over; an episode ends inside the edge.",
  params   = {
    warn_at = ratio {
      default  = 0.70,
      at_least = 0,
      at_most  = 1,
      tighter  = "lower",
      doc      = "margin_ratio from which the account is warned",
    },
    cancel_at = ratio {
      default  = 0.80,
      at_least = 0,
      at_most  = 1,
      tighter  = "lower",
      doc      = "margin_ratio from which orders are cancelled and new ones may only reduce",
    },
    reduce_at = ratio {
      default  = 0.90,
      at_least = 0,
      at_most  = 1,
      tighter  = "lower",
      doc      = "margin_ratio from which positions are reduced",
    },
    exit_at = ratio {
      default  = 0.75,
      at_least = 0,
      at_most  = 1,
      tighter  = "lower",
      doc      = "an episode of reducing or liquidating ends below this",
    },
    take_over_at = ratio {
      default  = 1000000,
      at_least = 1,
      at_most  = 1000000,
      tighter  = "lower",
      doc      = "margin_ratio from which the insurance fund takes over; default: nothing is left",
    },
    step_max = ratio {
      default  = 1,
      at_least = 0.01,
      at_most  = 1,
      doc      = "the most of a position that closes in one step",
    },
    cool_down = duration {
      default  = 10,
      at_least = 1,
      at_most  = 86400,
      doc      = "while it stays on a rung that closes, the next step comes after this",
    },
    hysteresis = ratio {
      default  = 0.01,
      at_least = 0,
      at_most  = 0.1,
      tighter  = "higher",
      doc      = "a warning, or a cancelling of orders, ends this far below where it began",
    },
  },

  stage = function(account, params)
    local used = account.margin_ratio  -- 1 or more exactly when equity does not cover maintenance
    local from = account.stage
    if used >= params.take_over_at then return stage.take_over end
    if used >= 1 then return stage.liquidate end
    if from >= stage.reduce and used >= params.exit_at then
      if from == stage.take_over then return stage.liquidate end  -- the rest, as from used >= 1
      return from
    end
    if used >= params.reduce_at then return stage.reduce end
    if used >= params.cancel_at then return stage.cancel_orders end
    local kept = used + params.hysteresis  -- on a rung already reached, this decides
    if from >= stage.cancel_orders and kept >= params.cancel_at then return stage.cancel_orders end
    if used >= params.warn_at then return stage.margin_call end
    if from >= stage.margin_call and kept >= params.warn_at then return stage.margin_call end
    return stage.healthy
  end,

  close = function(params)
    return reduce_until(params.exit_at, by.largest_margin_first, params.step_max, params.cool_down)
  end,
}
