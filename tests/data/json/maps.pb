ú
one two‚ýÿÿÿÿÿÿÿÿ
minus threeŠyes’ÿÿÿÿÿÿÿÿÿ