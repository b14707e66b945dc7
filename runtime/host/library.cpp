#include "host/library.h"

#define BOOST_DLL_USE_STD_FS
#include <boost/dll/shared_library.hpp>
#include <list>

namespace hark::host {

core::Result<Entry> load_library(const std::filesystem::path& file) {
  static std::list<boost::dll::shared_library>& loaded = *new std::list<boost::dll::shared_library>;  // never unloaded
  try {
    boost::dll::shared_library library(file, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    const Entry entry = library.get<const hark_module*(const hark_loader*, hark_error*)>("hark_entry_v1");
    loaded.push_back(std::move(library));
    return entry;
  } catch (const std::exception& e) {
    return core::fail(e.what());
  } catch (...) {
    return core::fail("a constructor in it threw something that is not a std::exception");
  }
}

}  // namespace hark::host
