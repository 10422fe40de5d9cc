-- For venues that let a position go in parts: at the edge just so much is closed that the account
-- is inside it again. All of it goes only when the equity is nearly gone, which is said as a share
-- of the maintenance margin, or as a share of the exposure: what the lowest tier would ask for.
rule {
  name     = "gradual",
  kind     = "liquidation",
  monotone = true,  -- less equity or more to keep never means a lower stage
  doc      = "Warn, cancel orders, reduce at the edge; take all over when little equity is left.",
  params   = {
    warn_at = ratio {
      default  = 0.80,
      at_least = 0,
      at_most  = 1,
      tighter  = "lower",
      doc      = "margin_ratio from which the account is warned",
    },
    cancel_at = ratio {
      default  = 1,
      at_least = 0,
      at_most  = 1,
      tighter  = "lower",
      doc      = "margin_ratio from which orders are cancelled and new ones may only reduce",
    },
    exit_at = ratio {
      default  = 1,
      at_least = 0.01,
      at_most  = 1,
      tighter  = "lower",
      doc      = "positions are reduced, and an episode of it ends, below this",
    },
    take_over_at = ratio {
      default  = 1.5,
      at_least = 1,
      at_most  = 1000000,
      tighter  = "lower",
      doc      = "margin_ratio from which everything goes; 1.5: at two thirds of the maintenance",
    },
    take_over_equity = ratio {
      default = 0,
      at_least = 0,
      at_most = 1,
      tighter = "higher",
      doc = "beyond the edge everything goes when the equity is a smaller share of the exposure",
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
    if used >= 1 then
      local least = account.gross_exposure * params.take_over_equity
      if used >= params.take_over_at or account.equity < least then return stage.take_over end
    end
    if from >= stage.reduce and used >= params.exit_at then return from end
    if used >= 1 then return stage.reduce end
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
