// SPDX-License-Identifier: Apache-2.0
// A plugin's library, entered as a host does.
#pragma once

#include <dlfcn.h>
#include <hark/plugin.h>

#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace hark::testing {

// Throws std::runtime_error when it does not load or declines. Never unloaded.
inline const hark_module* load_module(const std::filesystem::path& library) {
  void* handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) throw std::runtime_error(::dlerror());
  void* symbol = ::dlsym(handle, "hark_entry_v1");
  if (symbol == nullptr) throw std::runtime_error(library.string() + ": no hark_entry_v1");
  decltype(&hark_entry_v1) entry = nullptr;
  std::memcpy(&entry, &symbol, sizeof entry);
  const auto str = [](std::string_view s) { return hark_str{s.data(), s.size()}; };
  const std::string path = library.string();
  hark_loader loader{};
  loader.size = sizeof loader;
  loader.host_abi_minor = HARK_ABI_MINOR;
  loader.host_name = str("hark-bare-host");
  loader.host_version = str("0");
  loader.path = str(path);
  hark_error err{};
  const hark_module* module = entry(&loader, &err);
  if (module == nullptr) throw std::runtime_error(path + ": declined: " + std::string(err.msg, err.len));
  return module;
}

}  // namespace hark::testing
