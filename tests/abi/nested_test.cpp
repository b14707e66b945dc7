// What a declared struct may hold besides plain values: structs, lists, maps, words.
#include <catch2/catch.hpp>
#include <hark/sdk/json.hpp>

namespace {

HARK_ENUM(Severity, info, warning, critical);

struct Item {
  std::string name;
  double price = 0;
  std::optional<int> count;
};
HARK_FIELDS(Item, name, price, count);

struct Order {
  std::vector<Item> items;
  Severity severity = Severity::warning;
  std::optional<Item> gift;
  Item sample{"sample", 1, 3};
};
HARK_EVENT(Order, "order.placed", items, HARK_DEFAULT(severity), gift, HARK_DEFAULT(sample));

struct Tables {
  std::map<std::string, int> counts;
  std::unordered_map<std::string, std::vector<Item>> carts;
  std::vector<std::vector<std::uint8_t>> grid;
  std::vector<bool> flags;
  std::map<std::string, std::optional<Severity>> levels;
  std::optional<std::vector<std::string>> tags;
  std::vector<int> ports{80, 443};
};
HARK_FIELDS(Tables, HARK_DEFAULT(counts), HARK_DEFAULT(carts), HARK_DEFAULT(grid), HARK_DEFAULT(flags),
            HARK_DEFAULT(levels), tags, HARK_DEFAULT(ports));

struct Deep {
  std::map<std::string, std::vector<Order>> orders;
};
HARK_FIELDS(Deep, orders);

std::string order(const std::string& text) { return hark::from_json<Order>(text).problem; }
std::string tables(const std::string& text) { return hark::from_json<Tables>(text).problem; }
std::string deep(const std::string& text) { return hark::from_json<Deep>(text).problem; }

}  // namespace

TEST_CASE("a list of structs is read with the rule for required fields in each") {
  const auto o = hark::from_json<Order>(R"({"items":[{"name":"a","price":1.5},{"name":"b","price":2,"count":7}]})");
  REQUIRE(o);
  REQUIRE(o.value->items.size() == 2);
  CHECK(o.value->items[0].name == "a");
  CHECK(o.value->items[0].price == 1.5);
  CHECK_FALSE(o.value->items[0].count);
  CHECK(o.value->items[1].count == 7);
  CHECK(hark::from_json<Order>(R"({"items":[]})").value->items.empty());
}

TEST_CASE("what is wrong deep inside is told by its path") {
  CHECK(order(R"({"items":[{"name":"a","price":1},{"name":"b","price":2},{"name":"c","price":"x"}]})") ==
        "field `items[2].price`: expected number, found text");
  CHECK(order(R"({"items":[{"price":1}]})") == "field `items[0].name`: required, not there");
  CHECK(order(R"({"items":[5]})") == "field `items[0]`: expected object, found number");
  CHECK(order(R"({"items":[],"gift":{"name":"g","price":1,"count":[]}})") ==
        "field `gift.count`: expected integer, found list");
  CHECK(tables(R"({"grid":[[1],[2,256]]})") == "field `grid[1][1]`: 256 is out of range (0 to 255)");
  CHECK(tables(R"({"carts":{"ann":[{"name":"a"}]}})") == "field `carts.ann[0].price`: required, not there");
  CHECK(tables(R"({"counts":{"two words":null}})") == "field `counts[\"two words\"]`: expected integer, found null");
  CHECK(deep(R"({"orders":{"x":[{"items":[{"name":"a","price":[]}]}]}})") ==
        "field `orders.x[0].items[0].price`: expected number, found list");
}

TEST_CASE("a list or struct or map of another kind is told with what was found") {
  CHECK(order(R"({"items":{}})") == "field `items`: expected list, found object");
  CHECK(order(R"({"items":null})") == "field `items`: expected list, found null");
  CHECK(order(R"({"items":[],"sample":[]})") == "field `sample`: expected object, found list");
  CHECK(tables(R"({"counts":[1]})") == "field `counts`: expected object, found list");
  CHECK(tables(R"({"flags":[true,1]})") == "field `flags[1]`: expected boolean, found number");
}

TEST_CASE("problems in several places are told at once in the order of the document") {
  CHECK(order(R"({"items":[{"name":1,"price":1},{}],"severity":"loud"})") ==
        "field `items[0].name`: expected text, found number; field `items[1].name`: required, not there; "
        "field `items[1].price`: required, not there; "
        "field `severity`: expected one of `info`, `warning`, `critical`, found `loud`");
}

TEST_CASE("a list that is wrong in each element is told up to a limit and counted") {
  std::string text = R"({"grid":[)";
  for (int i = 0; i < 1000; ++i) text += "1,";
  const std::string problem = tables(text + "1]}");
  CHECK(problem.find("field `grid[31]`: expected list, found number; and 969 more") != std::string::npos);
  CHECK(problem.size() < 4000);
}

TEST_CASE("an enumeration is its word and no other") {
  CHECK(hark::from_json<Order>(R"({"items":[],"severity":"critical"})").value->severity == Severity::critical);
  CHECK(hark::from_json<Order>(R"({"items":[]})").value->severity == Severity::warning);
  CHECK(order(R"({"items":[],"severity":"fatal"})") ==
        "field `severity`: expected one of `info`, `warning`, `critical`, found `fatal`");
  CHECK(order(R"({"items":[],"severity":1})") ==
        "field `severity`: expected one of `info`, `warning`, `critical`, found number");
  CHECK(order(R"({"items":[],"severity":"Info"})").find("found `Info`") != std::string::npos);
  const std::string euros = "\xe2\x82\xac";
  std::string many;
  for (int i = 0; i < 100; ++i) many += euros;
  CHECK(order(R"({"items":[],"severity":")" + many + "\"}").find("found `" + many.substr(0, 39) + "...`") !=
        std::string::npos);
}

TEST_CASE("words are split however their list is written") {
  CHECK(hark::words_of<Severity>() == std::array<std::string_view, 3>{"info", "warning", "critical"});
  CHECK(hark::detail::split_words<2>(" a ,b") == std::array<std::string_view, 2>{"a", "b"});
  CHECK(hark::detail::are_bare_words("a, b"));
  CHECK_FALSE(hark::detail::are_bare_words("a = 3, b"));
  CHECK_FALSE(hark::detail::are_bare_words("a, b,"));
}

TEST_CASE("a default is kept as a whole or replaced as a whole") {
  const auto kept = hark::from_json<Tables>("{}");
  CHECK(kept.value->ports == std::vector<int>{80, 443});
  CHECK(hark::from_json<Tables>(R"({"ports":[1]})").value->ports == std::vector<int>{1});
  CHECK(hark::from_json<Order>(R"({"items":[]})").value->sample.count == 3);
  const auto given = hark::from_json<Order>(R"({"items":[],"sample":{"name":"n","price":2}})");
  CHECK(given.value->sample.name == "n");
  CHECK_FALSE(given.value->sample.count);
}

TEST_CASE("maps and lists hold optional values as null") {
  const auto t = hark::from_json<Tables>(R"({"levels":{"a":"info","b":null},"tags":null,"flags":[true,false]})");
  REQUIRE(t);
  CHECK(t.value->levels.at("a") == Severity::info);
  CHECK_FALSE(t.value->levels.at("b"));
  CHECK_FALSE(t.value->tags);
  CHECK(t.value->flags == std::vector<bool>{true, false});
  CHECK(hark::to_json(*t.value).value->find(R"("levels":{"a":"info","b":null})") != std::string::npos);
}

TEST_CASE("a key or field that is there twice is refused inside too") {
  CHECK(tables(R"({"counts":{"a":1,"a":2}})") == "field `counts.a`: there twice");
  CHECK(order(R"({"items":[{"name":"a","price":1,"price":2}]})") == "field `items[0].price`: there twice");
  CHECK(order(R"({"items":[],"items":[{"name":5}]})") == "field `items`: there twice");
}

TEST_CASE("what nobody declared is passed over inside too") {
  CHECK(hark::from_json<Order>(R"({"items":[{"x":[{"name":1}],"name":"a","price":1,"y":{"price":"z"}}]})"));
}

TEST_CASE("a declared struct does not make reading recursive") {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  CHECK(hark::from_json<Order>(R"({"items":[{"name":"a","price":1,"x":)" + deep + "}]}"));
  CHECK(order(R"({"items":)" + deep + "}") == "field `items[0]`: expected object, found list");
}

TEST_CASE("a struct with everything in it is written and read back") {
  Order o;
  o.items = {{"a", 1.5, {}}, {"b", 2, 7}};
  o.severity = Severity::critical;
  o.gift = Item{"g", 0.25, {}};
  const auto text = hark::to_json(o);
  REQUIRE(text);
  CHECK(*text.value == R"({"items":[{"name":"a","price":1.5},{"name":"b","price":2.0,"count":7}],)"
                       R"("severity":"critical","gift":{"name":"g","price":0.25},)"
                       R"("sample":{"name":"sample","price":1.0,"count":3}})");
  CHECK(*hark::to_json(*hark::from_json<Order>(*text.value).value).value == *text.value);
  Tables t;
  t.counts = {{"a", 1}, {"\"", 2}};
  t.carts["c"] = o.items;
  t.grid = {{}, {1, 2}};
  const auto tables_text = hark::to_json(t);
  REQUIRE(tables_text);
  CHECK(*tables_text.value == R"({"counts":{"\"":2,"a":1},)"
                              R"("carts":{"c":[{"name":"a","price":1.5},{"name":"b","price":2.0,"count":7}]},)"
                              R"("grid":[[],[1,2]],"flags":[],"levels":{},"ports":[80,443]})");
  CHECK(*hark::to_json(*hark::from_json<Tables>(*tables_text.value).value).value == *tables_text.value);
}

TEST_CASE("what has no JSON form is told by its path") {
  const std::string why = "`: has no JSON form (not UTF-8, not a finite number, or a value without a word)";
  Order o;
  o.items.resize(2);
  o.items[1].name = "\xff";
  CHECK(hark::to_json(o).problem == "field `items[1].name" + why);
  o.items.clear();
  o.severity = static_cast<Severity>(9);
  CHECK(hark::to_json(o).problem == "field `severity" + why);
  Deep d;
  d.orders["k"].resize(1);
  d.orders["k"][0].items.push_back({"x", std::numeric_limits<double>::infinity(), {}});
  CHECK(hark::to_json(d).problem == "field `orders[\"k\"][0].items[0].price" + why);
}
