// Cells in a file: what is read of them when their process has ended.
#include <fstream>

#include "bus/cell_file.h"
#include "world.h"

using namespace hark;
using namespace hark::test;

TEST_CASE("who is being called stands in the file of the cells and only as long as the call lasts") {
  auto cells = bus::CellFile::make();
  REQUIRE(cells);
  const std::filesystem::path file = (*cells)->path();
  {
    Gate gate;
    bus::BusOptions options;
    options.cells = cells->get();
    World w(options);
    w.add("stuck", [&](const hark_delivery&, hark_error*) {
      gate.pass();
      return HARK_OK;
    });
    CHECK(bus::CellFile::read(file)->empty());
    w.publish("some.type", "1");
    REQUIRE(eventually([&] { return gate.waiting() == 1; }));
    const auto calls = bus::CellFile::read(file);
    REQUIRE(calls);
    REQUIRE(calls->size() == 1);
    CHECK(calls->front().name == "stuck");
    CHECK(calls->front().type == "some.type");
    CHECK(!calls->front().event.is_nil());
    CHECK(calls->front().ticket != 0);
    CHECK(!calls->front().control);
    gate.open();
    CHECK(w.quiet());
    CHECK(bus::CellFile::read(file)->empty());
  }
  std::filesystem::remove(file);
}

TEST_CASE("a cell shows the type of its event also when types come in turns and when they are long") {
  bus::Cell cell;
  const auto type_after = [&](std::string_view type, std::uint32_t id) {
    hark_event e{};
    e.type = core::str(type);
    e.type_id = id;
    cell.enter(1, &e);
    return std::string(cell.type, cell.type_size);
  };
  CHECK(type_after("a.b", 1) == "a.b");
  CHECK(type_after("c", 2) == "c");
  CHECK(type_after("c", 2) == "c");
  CHECK(type_after("not.interned", 0) == "not.interned");
  CHECK(type_after("another", 0) == "another");
  CHECK(type_after(std::string(500, 'x'), 3) == std::string(sizeof cell.type, 'x'));
  cell.enter(1, nullptr);
  CHECK(cell.type_size == 0);
  CHECK(type_after("c", 2) == "c");
}

TEST_CASE("cells beyond those of the file lie in memory and are as good") {
  auto cells = bus::CellFile::make();
  REQUIRE(cells);
  std::vector<bus::Cell*> taken;
  for (std::size_t i = 0; i < bus::CellFile::most_cells + 3; ++i) taken.push_back(&(*cells)->take());
  for (bus::Cell* c : taken) c->leave();
  for (bus::Cell* c : taken) (*cells)->give_back(*c);
  std::filesystem::remove((*cells)->path());
}

TEST_CASE("a file that is none of cells is refused") {
  std::string name = (std::filesystem::temp_directory_path() / "hark-nocells.XXXXXX").string();
  ::close(mkstemp(name.data()));
  std::ofstream(name) << "junk";
  CHECK(!bus::CellFile::read(name));
  CHECK(!bus::CellFile::read(name + ".none"));
  std::filesystem::remove(name);
}
