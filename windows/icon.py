"""Draws windows/icon.ico: 勾 on the blue of the marked copies. Needs Pillow and a CJK font.

    python3 windows/icon.py /usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc
"""

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SIZE = 256
image = Image.new("RGBA", (SIZE, SIZE), (0, 0, 0, 0))
draw = ImageDraw.Draw(image)
draw.rounded_rectangle((8, 8, SIZE - 8, SIZE - 8), radius=44, fill="#1F4E79")
font = ImageFont.truetype(sys.argv[1], 168, index=2)
draw.text((SIZE / 2, SIZE / 2 - 4), "勾", font=font, fill="white", anchor="mm")
out = Path(__file__).with_name("icon.ico")
image.save(out, sizes=[(16, 16), (32, 32), (48, 48), (64, 64), (256, 256)])
