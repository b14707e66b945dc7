// Publishes `error_occurred`, but not as the examples mean it.
#include <hark/typed.hpp>

namespace {

HARK_ENUM(Level, low, high);

struct Place {
  std::string file;
  std::int64_t line = 0;
};
HARK_FIELDS(Place, file, line);

struct ErrorOccurred {
  std::optional<std::string> message;
  Level severity = Level::low;
  std::string code;
  std::vector<Place> places;
  std::map<std::string, std::string> labels;
};
HARK_EVENT(ErrorOccurred, "error_occurred", message, HARK_DEFAULT(severity), code, places, labels);

class Shop {
 public:
  static constexpr auto info =
      hark::Info("test.shop", "1").hears("shop.*").publishes(hark::event<ErrorOccurred>, "shop.closed");
  explicit Shop(hark::Context& ctx) : ctx_(ctx) {}
  void handle(const hark::Delivery&) {
    hark::publish(ctx_, ErrorOccurred{"it failed", Level::high, "E17", {{"shop.cpp", 30}}, {{"till", "2"}}});
  }

 private:
  hark::Context& ctx_;
};

}  // namespace

HARK_PLUGIN(Shop);
