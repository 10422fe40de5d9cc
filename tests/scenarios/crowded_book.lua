rule {
  name   = "crowded_book",
  kind   = "margin",
  doc    = "Asks much of every order beside every other: of ten more than it has steps for.",
  params = {
    rate = ratio { default = 0.1, at_least = 0, at_most = 1, tighter = "higher" },
  },

  portfolio = function(book, params)
    local largest = 0
    for a in book.orders do
      for b in book.orders do
        for c in book.orders do
          for d in book.orders do
            for e in book.orders do
              local all = a.value + b.value + c.value + d.value + e.value
              largest = max(largest, all / 5)
            end
          end
        end
      end
    end
    return largest * params.rate + book.long_futures_after * 0, 0
  end,
}
