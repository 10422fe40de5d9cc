#include "dsl/scenario_syntax.hpp"

namespace riskd::dsl {

namespace {

using enum Kind;

constexpr std::array<Slot, 0> none{};

constexpr std::array asset_places{Slot{"", {name}, "name"}};
constexpr std::array asset_options{Slot{"decimals", {number}}, Slot{"priced_by", {name}},
                                   Slot{"haircut", {share}}};

constexpr std::array instrument_places{Slot{"", {name}, "name"}};
constexpr std::array instrument_options{
    Slot{"spot", {}},
    Slot{"linear", {}},
    Slot{"perpetual", {}},
    Slot{"future", {}},
    Slot{"linear_perpetual", {}},
    Slot{"linear_future", {}},
    Slot{"inverse_perpetual", {}},
    Slot{"inverse_future", {}},
    Slot{"quanto_perpetual", {}},
    Slot{"quanto_future", {}},
    Slot{"linear_option", {}},
    Slot{"inverse_option", {}},
    Slot{"perpetual_option", {}},
    Slot{"binary_option", {}},
    Slot{"base", {name}},
    Slot{"quote", {name}},
    Slot{"settle", {name}},
    Slot{"tick", {number}},
    Slot{"lot", {number}},
    Slot{"price_decimals", {number}},
    Slot{"quantity_decimals", {number}},
    Slot{"quantity_min", {number}},
    Slot{"quantity_max", {number}},
    Slot{"contract_size", {number}},
    Slot{"fee", {}},
    Slot{"taker", {share}},
    Slot{"maker", {share}},
    Slot{"market_price_band", {share}},
    Slot{"leverage_max", {number}},
    Slot{"mark_age_max", {duration}},
    Slot{"jump_max", {share}},
    Slot{"confirmations", {number}},
    Slot{"divergence_max", {share}},
    Slot{"expiry", {time}},
    Slot{"underlying", {name}},
    Slot{"right", {word}},
    Slot{"strike", {number}},
    Slot{"payout", {number}},
    Slot{"funding_interval", {duration}},
    Slot{"initial", {share}},
    Slot{"maintenance", {share}},
};

constexpr std::array group_options{Slot{"parent", {name}}};
constexpr std::array account_places{Slot{"", {name}, "name"}};
constexpr std::array account_options{
    Slot{"balance", {money}}, Slot{"group", {name}}, Slot{"leverage", {number}},
    Slot{"currency", {name}}, Slot{"borrow", {}},    Slot{"margin", {name}},
    Slot{"one_way", {}},      Slot{"hedge", {}},     Slot{"insurance_fund", {}}};

constexpr std::array price_places{Slot{"", {name}, "instrument"}, Slot{"", {number}, "mark"}};
constexpr std::array price_options{Slot{"index", {number}},     Slot{"bid", {number}},
                                   Slot{"ask", {number}},       Slot{"implied_volatility", {share}},
                                   Slot{"confidence", {share}}, Slot{"interest_rate", {share}},
                                   Slot{"age", {duration}}};

constexpr std::array quote_places{Slot{"", {name}, "instrument"}};

constexpr std::array order_places{Slot{"", {id}, "order"}, Slot{"", {name}, "account"},
                                  Slot{"", {side}, "side"}, Slot{"", {number}, "quantity"},
                                  Slot{"", {position}, "instrument"}};
constexpr std::array order_options{
    Slot{"@", {number}, "price"},
    Slot{"limit", {}},
    Slot{"market", {}},
    Slot{"stop", {number}},
    Slot{"gtc", {}},
    Slot{"ioc", {}},
    Slot{"fok", {}},
    Slot{"day", {}},
    Slot{"gtd", {duration}},
    Slot{"reduce_only", {}},
    Slot{"post_only", {}},
    Slot{"replaces", {id}},
    Slot{"trader", {id}},
    Slot{"strategy", {id}},
};

constexpr std::array update_places{Slot{"", {id}, "order"}, Slot{"", {word}, "event"}};
constexpr std::array update_options{Slot{"account", {name}}, Slot{"remaining", {number}},
                                    Slot{"id", {id}}};
constexpr std::array cancel_places{Slot{"", {id}, "order"}};

constexpr std::array fill_places{Slot{"", {id}, "order"}, Slot{"", {number}, "quantity"}};
constexpr std::array plain_fill_places{Slot{"", {id}, "id"}, Slot{"", {name}, "account"},
                                       Slot{"", {side}, "side"}, Slot{"", {number}, "quantity"},
                                       Slot{"", {position}, "instrument"}};
constexpr std::array fill_options{Slot{"@", {number}, "price"}, Slot{"fee", {money}},
                                  Slot{"id", {id}}, Slot{"account", {name}}};
constexpr std::array plain_fill_options{Slot{"@", {number}, "price"}, Slot{"fee", {money}},
                                        Slot{"order", {id}}};

constexpr std::array balance_places{Slot{"", {name}, "account"}, Slot{"", {money}, "amount"}};
constexpr std::array identified{Slot{"id", {id}}};
constexpr std::array transfer_places{Slot{"", {name}, "from"}, Slot{"", {name}, "to"},
                                     Slot{"", {money}, "amount"}};
constexpr std::array leverage_places{Slot{"", {name}, "account"},
                                     Slot{"", {position}, "instrument"},
                                     Slot{"", {number}, "leverage"}};
constexpr std::array margin_places{Slot{"", {name}, "account"}, Slot{"", {position}, "instrument"},
                                   Slot{"", {value}, "change"}};
constexpr std::array funding_places{Slot{"", {name}, "instrument"},
                                    Slot{"", {value}, "rate or period"}};
constexpr std::array index_places{Slot{"", {name}, "instrument"}, Slot{"", {number}, "index"}};
constexpr std::array index_options{Slot{"paid", {}}, Slot{"id", {id}}};
constexpr std::array at_price{Slot{"@", {number}, "price"}, Slot{"id", {id}}};
constexpr std::array settle_places{Slot{"", {name}, "instrument"}};
constexpr std::array status_places{Slot{"", {name}, "name"}};
constexpr std::array advance_places{Slot{"", {duration}, "span"}};
constexpr std::array at_places{Slot{"", {time}, "time"}};
constexpr std::array digest_places{Slot{"", {value}, "digest"}};

constexpr std::array expect_account_places{Slot{"", {name}, "account"}};
constexpr std::array expect_account_options{
    Slot{"equity", {figure}},
    Slot{"initial_margin", {figure}},
    Slot{"maintenance_margin", {figure}},
    Slot{"available", {figure}},
    Slot{"headroom", {figure}},
    Slot{"net_pnl", {figure}},
    Slot{"gross_exposure", {figure}},
    Slot{"net_exposure", {figure}},
    Slot{"net_deposits", {figure}},
    Slot{"owed", {figure}},
    Slot{"open_orders", {figure}},
    Slot{"episode", {figure}},
    Slot{"stage", {word}},
    Slot{"status", {word}},
    Slot{"margin", {word}},
    Slot{"balance", {money}},
    Slot{"hold", {money}},
    Slot{"withdrawable", {name, figure_or_unknown}},
    Slot{"position", {position, figure}},
    Slot{"entry", {position, figure}},
    Slot{"realized", {position, figure}},
    Slot{"unrealized", {position, figure}},
    Slot{"leverage", {position, figure}},
    Slot{"margin_mode", {position, word}},
    Slot{"isolated_margin", {position, figure}},
    Slot{"isolated_equity", {position, figure_or_unknown}},
    Slot{"isolated_stage", {position, word}},
    Slot{"liquidation_price", {position, figure_or_unknown}},
    Slot{"accrued", {position, figure}},
};
constexpr std::array expect_order_places{Slot{"", {id}, "order"}};
constexpr std::array expect_order_options{Slot{"account", {name}}, Slot{"remaining", {figure}},
                                          Slot{"hold", {money}}, Slot{"gone", {}}};
constexpr std::array expect_instrument_places{Slot{"", {name}, "instrument"}};
constexpr std::array expect_instrument_options{Slot{"long", {figure}}, Slot{"short", {figure}},
                                               Slot{"mark", {value}}, Slot{"status", {word}}};
constexpr std::array expect_house_places{Slot{"", {name}, "asset"}};
constexpr std::array expect_house_options{Slot{"external", {figure}},
                                          Slot{"counterparty", {figure}}, Slot{"fees", {figure}},
                                          Slot{"funding", {figure}}, Slot{"insurance", {figure}}};

constexpr std::array accept_options{Slot{"hold", {money}},
                                    Slot{"repeated", {}},
                                    Slot{"equity", {figure}},
                                    Slot{"initial_margin", {figure}},
                                    Slot{"maintenance_margin", {figure}},
                                    Slot{"available", {figure}}};
constexpr std::array reject_places{Slot{"", {word}, "reason"}};
constexpr std::array reject_options{Slot{"rule", {value}},
                                    Slot{"group", {name}},
                                    Slot{"limit", {share}},
                                    Slot{"used", {share}},
                                    Slot{"would_be", {share}},
                                    Slot{"headroom", {share}},
                                    Slot{"largest", {figure}},
                                    Slot{"repeated", {}},
                                    Slot{"equity", {figure}},
                                    Slot{"initial_margin", {figure}},
                                    Slot{"maintenance_margin", {figure}},
                                    Slot{"available", {figure}}};
constexpr std::array position_places{Slot{"", {figure}, "quantity"}};
constexpr std::array position_options{Slot{"entry", {figure}}, Slot{"hold", {money}},
                                      Slot{"realized", {figure}}, Slot{"unrealized", {figure}}};
constexpr std::array stage_places{Slot{"", {name}, "account"}};
constexpr std::array stage_options{Slot{"instrument", {position}},
                                   Slot{"maintenance_breach", {}},
                                   Slot{"episode", {figure}},
                                   Slot{"step", {figure}},
                                   Slot{"before", {word}},
                                   Slot{"equity", {figure}},
                                   Slot{"initial_margin", {figure}},
                                   Slot{"maintenance_margin", {figure}},
                                   Slot{"close", {side, figure, position}},
                                   Slot{"bankruptcy_price", {position, figure}}};
constexpr std::array handover_places{Slot{"", {name}, "account"}};
constexpr std::array handover_options{
    Slot{"kind", {word}},      Slot{"of", {name}},
    Slot{"episode", {figure}}, Slot{"quantity", {side, figure, position}},
    Slot{"price", {figure}},   Slot{"rank", {figure}},
    Slot{"amount", {money}}};
constexpr std::array alert_places{Slot{"", {word}, "kind"}};
constexpr std::array alert_options{Slot{"severity", {word}},   Slot{"account", {name}},
                                   Slot{"instrument", {name}}, Slot{"rule", {value}},
                                   Slot{"fault", {word}},      Slot{"about", {value}},
                                   Slot{"detail", {value}}};

constexpr std::array<Grammar, 29> verb_grammars{{
    {"rules FILE...", none, none},
    {"digest HEX", digest_places, none},
    {"at 2026-01-01T00:00:00Z", at_places, none},
    {"asset NAME [decimals N] [priced_by INSTRUMENT] [haircut SHARE]", asset_places, asset_options,
     true},
    {"instrument NAME [KIND] [tick N] [lot N] ...", instrument_places, instrument_options, true},
    {"group NAME [parent NAME]", account_places, group_options, true},
    {"account NAME [balance ASSET N]... [group NAME] [margin RULE] [borrow] [hedge] "
     "[insurance_fund]",
     account_places, account_options, true},
    {"set RULE.PARAMETER VALUE [for NAME | group NAME | account NAME | instrument NAME]...", none,
     none, true},
    {"price INSTRUMENT MARK [index N] [bid N] [ask N] [age SPAN]", price_places, price_options,
     true},
    {"quote INSTRUMENT [index N] [bid N] [ask N] [age SPAN]", quote_places, price_options, true},
    {"order ID ACCOUNT buy|sell QUANTITY INSTRUMENT @ PRICE [market] [ioc] ...", order_places,
     order_options, true},
    {"update ORDER EVENT [remaining N]", update_places, update_options, true},
    {"cancel ORDER", cancel_places, update_options, true},
    {"fill ORDER QUANTITY @ PRICE [fee N ASSET]", fill_places, fill_options, true},
    {"fill ID ACCOUNT buy|sell QUANTITY INSTRUMENT @ PRICE [fee N ASSET]", plain_fill_places,
     plain_fill_options, true},
    {"deposit ACCOUNT N ASSET [id ID]", balance_places, identified, true},
    {"transfer FROM TO N ASSET [id ID]", transfer_places, identified, true},
    {"leverage ACCOUNT INSTRUMENT N [id ID]", leverage_places, identified, true},
    {"margin ACCOUNT INSTRUMENT cross|isolated|N [id ID]", margin_places, identified, true},
    {"funding INSTRUMENT RATE @ PRICE", funding_places, at_price, true},
    {"funding_index INSTRUMENT N [paid] [id ID]", index_places, index_options, true},
    {"settle INSTRUMENT @ PRICE", settle_places, at_price, true},
    {"suspend|halt|resume|reduce_only NAME", status_places, none, true},
    {"advance SPAN", advance_places, none},
    {"tick", none, none, true},
    {"expect ACCOUNT [equity N] [available N] [balance ASSET N] ...", expect_account_places,
     expect_account_options},
    {"expect order ID [remaining N] [hold N] [gone]", expect_order_places, expect_order_options},
    {"expect instrument NAME [long N] [short N] [mark N]", expect_instrument_places,
     expect_instrument_options},
    {"expect house ASSET [fees N] [external N] ...", expect_house_places, expect_house_options},
}};

constexpr std::array<Grammar, 7> answer_grammars{{
    {"nothing", none, none},
    {"accept [hold N]", none, accept_options},
    {"reject REASON [rule NAME] [group NAME] [used N] [limit N] [largest N]", reject_places,
     reject_options},
    {"position N [entry N] [hold N] [realized N]", position_places, position_options},
    {"STAGE ACCOUNT [close SIDE N INSTRUMENT]...", stage_places, stage_options},
    {"alert KIND [about WORD] [severity WORD]", alert_places, alert_options},
    {"handover ACCOUNT [kind KIND] [of ACCOUNT]", handover_places, handover_options},
}};

constexpr std::array verb_table{
    VerbWord{"rules", Verb::rules},
    VerbWord{"digest", Verb::digest},
    VerbWord{"at", Verb::at},
    VerbWord{"asset", Verb::asset},
    VerbWord{"instrument", Verb::instrument},
    VerbWord{"group", Verb::group},
    VerbWord{"account", Verb::account},
    VerbWord{"set", Verb::set},
    VerbWord{"price", Verb::price},
    VerbWord{"quote", Verb::quote},
    VerbWord{"order", Verb::order},
    VerbWord{"update", Verb::update},
    VerbWord{"cancel", Verb::cancel},
    VerbWord{"fill", Verb::fill},
    VerbWord{"deposit", Verb::balance},
    VerbWord{"withdraw", Verb::balance},
    VerbWord{"adjust", Verb::balance},
    VerbWord{"interest", Verb::balance},
    VerbWord{"rebate", Verb::balance},
    VerbWord{"transfer", Verb::transfer},
    VerbWord{"leverage", Verb::leverage},
    VerbWord{"margin", Verb::margin},
    VerbWord{"funding", Verb::funding},
    VerbWord{"funding_index", Verb::funding_index},
    VerbWord{"settle", Verb::settle},
    VerbWord{"suspend", Verb::status},
    VerbWord{"halt", Verb::status},
    VerbWord{"resume", Verb::status},
    VerbWord{"reduce_only", Verb::status},
    VerbWord{"advance", Verb::advance},
    VerbWord{"tick", Verb::tick},
    VerbWord{"expect", Verb::expect_account},
};

constexpr std::array answer_table{
    AnswerWord{"nothing", Answer::nothing},   AnswerWord{"accept", Answer::accept},
    AnswerWord{"reject", Answer::reject},     AnswerWord{"position", Answer::position},
    AnswerWord{"margin_call", Answer::stage}, AnswerWord{"cancel_orders", Answer::stage},
    AnswerWord{"reduce", Answer::stage},      AnswerWord{"liquidate", Answer::stage},
    AnswerWord{"take_over", Answer::stage},   AnswerWord{"handover", Answer::handover},
    AnswerWord{"closed", Answer::stage},      AnswerWord{"alert", Answer::alert},
};

}  // namespace

std::string_view describe(Kind kind) noexcept {
    switch (kind) {
        case flag: return "a word";
        case Kind::name: return "a name";
        case Kind::position: return "an instrument, or one side of it such as BTC-PERP/long";
        case id: return "an id";
        case number: return "a number";
        case figure: return "a number";
        case figure_or_unknown: return "a number, or unknown";
        case share: return "a number or a share such as 5%";
        case duration: return "a span such as 61s";
        case time: return "a time such as 2026-01-01T00:00:00Z";
        case money: return "an amount such as 10000 USDT";
        case side: return "buy or sell";
        case word: return "a word";
        case value: return "a value";
    }
    return {};
}

const Grammar& grammar(Verb verb) noexcept {
    return verb_grammars[static_cast<std::size_t>(verb)];
}
const Grammar& grammar(Answer answer) noexcept {
    return answer_grammars[static_cast<std::size_t>(answer)];
}
std::span<const VerbWord> verb_words() noexcept {
    return verb_table;
}
std::span<const AnswerWord> answer_words() noexcept {
    return answer_table;
}

}  // namespace riskd::dsl
