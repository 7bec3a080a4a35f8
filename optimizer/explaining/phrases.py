"""Every sentence of an answer, Indonesian and English side by side. `{…}` is filled in by `wording`."""

from __future__ import annotations

from typing import Final

# Code of an answer -> how it begins.
OPENING: Final[dict[str, tuple[str, str]]] = {
    "placed": (
        "Relawan {who} ditempatkan pada pos {here} (kecocokan {fit}, keinginan {preference}/10, biaya {cost}, perjanjian {agreement}).",
        "Volunteer {who} is placed at post {here} (fit {fit}, preference {preference}/10, cost {cost}, agreement {agreement}).",
    ),
    "unplaced-no-eligible-post": (
        "Tidak ada pos yang boleh diisi relawan {who}: {obstacles}.",
        "There is no post that volunteer {who} may hold: {obstacles}.",
    ),
    "unplaced-no-agreement": (
        "Relawan {who} memenuhi syarat untuk {posts} pos, tetapi tidak satu pun perjanjian membiayai penempatan itu.",
        "Volunteer {who} is eligible for {posts} post(s), but no agreement pays for a placement there.",
    ),
    "unplaced-impossible": (
        "Relawan {who} tidak dapat ditempatkan di mana pun tanpa melanggar aturan.",
        "Volunteer {who} cannot be placed anywhere without breaking a rule.",
    ),
    "unplaced-loss": (
        "Relawan {who} dapat ditempatkan, paling baik pada pos {instead}, tetapi putaran ini mencapai lebih banyak tanpa itu.",
        "Volunteer {who} could be placed, at best at post {instead}, but the round reaches more without it.",
    ),
    "unplaced-same": (
        "Relawan {who} dapat ditempatkan pada pos {instead} dengan hasil putaran yang sama baiknya; undian (seed) yang menentukan.",
        "Volunteer {who} could be placed at post {instead} and the round would be just as good; the draw (seed) decided.",
    ),
    "unplaced-better": (
        "Ditemukan hasil yang lebih baik dengan relawan {who} pada pos {instead}: hasil ini belum terbukti terbaik.",
        "A better outcome was found with volunteer {who} at post {instead}: this solution was not proven to be the best.",
    ),
    "unplaced-unknown": (
        "Batas waktu habis sebelum diketahui apa akibatnya jika relawan {who} ditempatkan.",
        "The time limit came before it was known what placing volunteer {who} would cost.",
    ),
    "unplaced-unasked": (
        "Relawan {who} tidak mendapat tempat; apa akibatnya jika ia ditempatkan belum dihitung.",
        "Volunteer {who} has no place; what placing this person would cost has not been worked out yet.",
    ),
    "may-not": (
        "Relawan {who} tidak boleh mengisi pos {post}: {obstacles}.",
        "Volunteer {who} may not hold post {post}: {obstacles}.",
    ),
    "no-seats": ("Pos {post} tidak memiliki kursi.", "Post {post} has no seats."),
    "no-agreement": (
        "Tidak ada perjanjian yang boleh membiayai penempatan relawan {who} pada pos {post} (baris biaya: {lines}).",
        "No agreement may pay for volunteer {who} at post {post} (cost lines: {lines}).",
    ),
    "impossible": (
        "Penempatan relawan {who} pada pos {post} tidak mungkin tanpa melanggar aturan, siapa pun yang dipindahkan.",
        "Volunteer {who} at post {post} is not possible without breaking a rule, whoever else is moved.",
    ),
    "loss": (
        "Relawan {who} dapat ditempatkan pada pos {post}, tetapi putaran ini akan mencapai lebih sedikit.",
        "Volunteer {who} could be placed at post {post}, but the round would reach less.",
    ),
    "same": (
        "Relawan {who} pada pos {post} sama baiknya bagi putaran ini; undian (seed) yang menentukan.",
        "Volunteer {who} at post {post} would be just as good for the round; the draw (seed) decided.",
    ),
    "better": (
        "Ditemukan hasil yang lebih baik dengan relawan {who} pada pos {post}: hasil ini belum terbukti terbaik.",
        "A better outcome was found with volunteer {who} at post {post}: this solution was not proven to be the best.",
    ),
    "unknown": (
        "Batas waktu habis sebelum diketahui apa akibat penempatan relawan {who} pada pos {post}.",
        "The time limit came before it was known what volunteer {who} at post {post} would cost.",
    ),
    "unasked": (
        "Relawan {who} boleh mengisi pos {post}; apa akibatnya bagi putaran ini belum dihitung.",
        "Volunteer {who} may hold post {post}; what that would cost the round has not been worked out yet.",
    ),
    "full": ("Semua {seats} kursi pada pos {post} terisi.", "All {seats} seat(s) at post {post} are filled."),
    "empty-no-eligible-volunteer": (
        "Pos {post}: {filled} dari {seats} kursi terisi; tidak ada relawan yang boleh mengisinya.",
        "Post {post}: {filled} of {seats} seat(s) filled; no volunteer may hold it.",
    ),
    "empty-no-agreement": (
        "Pos {post}: {filled} dari {seats} kursi terisi; tidak ada perjanjian yang boleh membiayai penempatan di sana.",
        "Post {post}: {filled} of {seats} seat(s) filled; no agreement may pay for a placement there.",
    ),
    "empty-impossible": (
        "Pos {post}: {filled} dari {seats} kursi terisi; satu lagi tidak mungkin tanpa melanggar aturan.",
        "Post {post}: {filled} of {seats} seat(s) filled; one more is not possible without breaking a rule.",
    ),
    "empty-loss": (
        "Pos {post}: {filled} dari {seats} kursi terisi; satu lagi mungkin, tetapi putaran ini akan mencapai lebih sedikit.",
        "Post {post}: {filled} of {seats} seat(s) filled; one more is possible, but the round would reach less.",
    ),
    "empty-same": (
        "Pos {post}: {filled} dari {seats} kursi terisi; satu lagi sama baiknya bagi putaran ini, undian (seed) yang menentukan.",
        "Post {post}: {filled} of {seats} seat(s) filled; one more would be just as good, the draw (seed) decided.",
    ),
    "empty-better": (
        "Pos {post}: {filled} dari {seats} kursi terisi; hasil yang lebih baik ditemukan dengan satu lagi, yang ini belum terbukti.",
        "Post {post}: {filled} of {seats} seat(s) filled; a better outcome with one more was found; this one was not proven.",
    ),
    "empty-unknown": (
        "Pos {post}: {filled} dari {seats} kursi terisi; batas waktu habis sebelum diketahui apa akibat satu lagi.",
        "Post {post}: {filled} of {seats} seat(s) filled; the time limit came before it was known what one more would cost.",
    ),
    "empty-unasked": (
        "Pos {post}: {filled} dari {seats} kursi terisi; apa akibat satu lagi belum dihitung.",
        "Post {post}: {filled} of {seats} seat(s) filled; what one more would cost has not been worked out yet.",
    ),
    "fund-binds": (
        "Dana {fund}: {spent} dari {budget} terpakai. Dananya membatasi: tanpa batas itu putaran ini mencapai lebih banyak.",
        "Fund {fund}: {spent} of {budget} is spent. It is a limit: without it the round would reach more.",
    ),
    "fund-free": (
        "Dana {fund}: {spent} dari {budget} terpakai. Dana lebih banyak tidak mengubah hasil putaran ini.",
        "Fund {fund}: {spent} of {budget} is spent. More money in it would not better the round.",
    ),
    "fund-unknown": (
        "Dana {fund}: {spent} dari {budget} terpakai. Batas waktu habis sebelum diketahui apa yang dibatasinya.",
        "Fund {fund}: {spent} of {budget} is spent. The time limit came before it was known what it holds back.",
    ),
    "fund-unasked": (
        "Dana {fund}: {spent} dari {budget} terpakai.",
        "Fund {fund}: {spent} of {budget} is spent.",
    ),
    "agreement-binds": (
        "Perjanjian {agreement}: {placements} penempatan, batas {limits}. Batas itu menahan: tanpanya putaran ini mencapai lebih banyak.",
        "Agreement {agreement}: {placements} placement(s), limits {limits}. They hold back: without them the round would reach more.",
    ),
    "agreement-free": (
        "Perjanjian {agreement}: {placements} penempatan, batas {limits}. Batas itu tidak mengurangi hasil putaran ini.",
        "Agreement {agreement}: {placements} placement(s), limits {limits}. They cost the round nothing.",
    ),
    "agreement-unasked": (
        "Perjanjian {agreement}: {placements} penempatan, batas {limits}.",
        "Agreement {agreement}: {placements} placement(s), limits {limits}.",
    ),
    "agreement-unlimited": (
        "Perjanjian {agreement}: {placements} penempatan, tanpa batas jumlah.",
        "Agreement {agreement}: {placements} placement(s), without a limit on their number.",
    ),
    "agreement-unknown": (
        "Perjanjian {agreement}: {placements} penempatan, batas {limits}. Batas waktu habis sebelum diketahui apa yang ditahannya.",
        "Agreement {agreement}: {placements} placement(s), limits {limits}. The time limit came before it was known what they hold back.",
    ),
    "policy-binds": (
        "Aturan {policy}: “{rule}” {kept} Aturan ini ada harganya: tanpanya putaran ini mencapai lebih banyak.",
        "Rule {policy}: “{rule}” {kept} It has a price: without it the round would reach more.",
    ),
    "policy-free": (
        "Aturan {policy}: “{rule}” {kept} Aturan ini tidak mengurangi hasil putaran ini.",
        "Rule {policy}: “{rule}” {kept} It costs the round nothing.",
    ),
    "policy-unasked": (
        "Aturan {policy}: “{rule}” {kept}",
        "Rule {policy}: “{rule}” {kept}",
    ),
    "policy-unknown": (
        "Aturan {policy}: “{rule}” {kept} Batas waktu habis sebelum diketahui harganya.",
        "Rule {policy}: “{rule}” {kept} The time limit came before its price was known.",
    ),
}

OBSTACLES: Final = {
    "missing-requirement": ("syarat yang belum dipenuhi", "a requirement is not met"),
    "hardship-above-limit": ("tingkat kesulitan di atas batasnya", "the hardship is above the own limit"),
    "region-refused": ("wilayahnya ditolak oleh relawan sendiri", "the region is one that the volunteer refuses"),
    "pair-forbidden": ("penempatan ini dikecualikan", "this placement is ruled out"),
    "pair-not-listed": ("tidak termasuk daftar pilihan putaran ini", "it is not on this round's list of pairs"),
    "no-seats": ("pos tanpa kursi", "the post has no seats"),
}

IN_THE_WAY: Final = {
    "seats": ("Kursi pada pos {name} sudah terisi.", "The seats at post {name} are taken."),
    "fund-used-up": (
        "Sisa dana {name} tidak cukup untuk itu.",
        "What is left of fund {name} is not enough for it.",
    ),
    "fund": (
        "Dana {name} menyisakan {left} untuknya, kurang {short}.",
        "Fund {name} has {left} left for it, {short} too little.",
    ),
    "agreement": (
        "Batas jumlah perjanjian {name} tidak akan dipatuhi.",
        "The limits on the number under agreement {name} would not be kept.",
    ),
    "resource": ("Persediaan {name} kurang {short}.", "There is {short} too little of {name}."),
    "policy": ("Aturan ini akan dilanggar: “{name}”", "This rule would be broken: “{name}”"),
}

MEASURES: Final = {
    "placed": ("jumlah penempatan", "the number of placements"),
    "need": ("kebutuhan terlayani", "need served"),
    "fit": ("kecocokan", "fit"),
    "preference": ("keinginan", "preference"),
    "cost": ("biaya", "cost"),
    "penalty": ("denda aturan lunak", "the penalty of soft rules"),
    "kept": ("penempatan lama yang tetap", "earlier placements kept"),
    "fairness": ("pemerataan wilayah", "fairness between regions"),
    "chosen": ("bobot orang terpilih", "weight of the people chosen"),
}
