// What outlives one host: everything that was said and became of it, in one episode.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "book.h"
#include "exercised.h"
#include "said.h"
#include "schedule.h"
#include "violations.h"

namespace hark::stress {

struct Story {
  const EpisodePlan plan;
  const std::filesystem::path folder;
  Exercised& did;
  Violations violations{};
  Said said{};
  std::map<std::string, std::unique_ptr<Book>> books{};  // by subscriber; main thread only
  std::map<std::string, std::uint64_t> spilled{};        // left for the next host, by subscriber
  std::uint8_t life = 0;                                 // 1, 2 ...
  // The next number of each publisher; of those that speak in threads of their own, as this life began.
  std::array<std::atomic<std::uint32_t>, most_publishers + 1> next{};
  std::array<std::uint32_t, most_publishers + 1> life_began{};

  Book& book_of(const std::string& name) {
    auto& book = books[name];
    if (book == nullptr) book = std::make_unique<Book>();
    return *book;
  }
};

}  // namespace hark::stress
